"""The device test boots a virtual machine similar to a Raspberry Pi, installs the package on it,
and checks what a person would check with cards, a screen and LEDs."""
