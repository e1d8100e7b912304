//! Lists in messages.

/// The items as a choice, such as "a, b or c". An empty list gives an empty text.
pub(crate) fn choice<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_item_follows_an_or() {
        assert_eq!(choice::<&str>(&[]), "");
        assert_eq!(choice(&["a"]), "a");
        assert_eq!(choice(&["a", "b", "c"]), "a, b or c");
    }
}
