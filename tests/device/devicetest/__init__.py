"""The device test: boots a Raspberry-Pi-like machine that is not there, installs the
package on it, and checks what a person would check with cards, a screen and LEDs."""
