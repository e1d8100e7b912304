//! The commands of a guide, as its Markdown holds them.
//!
//! Each line of a code block of the language `sh` is a command for the shell; a line that ends in
//! a backslash goes on in the next one. Comments in front of a block, which readers do not see,
//! say how the test runs it:
//!
//! - `<!-- test: --epochs 1 -->` gives the options of the block's commands other values, so that
//!   the test is short. An option that no command of the block has is an error.
//! - `<!-- test expects: TEXT -->`: the output of the block's last command contains the text.
//! - `<!-- test fails -->`: the block's last command fails.

/// A command of a guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuideCommand {
    /// The command as the reader sees it, on one line.
    pub shown: String,
    /// The command as the test runs it.
    pub tested: String,
    /// What its output must contain.
    pub expected: Vec<String>,
    /// Whether it must fail.
    pub fails: bool,
}

/// What the comments in front of a block say.
#[derive(Default)]
struct Instructions {
    /// Options and their values in the test.
    values: Vec<(String, String)>,
    expected: Vec<String>,
    fails: bool,
}

/// The commands of a guide, in order.
///
/// # Errors
/// A comment can't be understood, a block has no command, or an option does not belong to the block.
pub fn commands_of(markdown: &str) -> Result<Vec<GuideCommand>, String> {
    let mut commands = Vec::new();
    let mut instructions = Instructions::default();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- test").and_then(|s| s.strip_suffix("-->")) {
            instructions.add(comment.trim())?;
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if language == "sh" {
                commands.extend(std::mem::take(&mut instructions).apply_to(&block)?);
            }
        }
    }
    Ok(commands)
}

impl Instructions {
    /// Adds a comment, without its beginning "test".
    fn add(&mut self, comment: &str) -> Result<(), String> {
        if comment == "fails" {
            self.fails = true;
        } else if let Some(text) = comment.strip_prefix("expects: ") {
            self.expected.push(text.to_owned());
        } else if let Some(options) = comment.strip_prefix(": ") {
            let words: Vec<&str> = options.split_whitespace().collect();
            for pair in words.chunks(2) {
                let &[option, value] = pair else {
                    return Err(format!("the option {pair:?} of a test has no value"));
                };
                self.values.push((option.to_owned(), value.to_owned()));
            }
        } else {
            return Err(format!("a comment for the test says {comment:?}"));
        }
        Ok(())
    }

    fn apply_to(self, block: &[&str]) -> Result<Vec<GuideCommand>, String> {
        let text = block.join("\n").replace("\\\n", " ");
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let lines: Vec<Vec<&str>> = lines.filter(|words| !words.is_empty()).collect();
        let has = |option: &String| lines.iter().any(|words| words.contains(&option.as_str()));
        if let Some((option, _)) = self.values.iter().find(|(option, _)| !has(option)) {
            return Err(format!("no command of {text:?} has the option {option}"));
        }
        let mut commands: Vec<GuideCommand> =
            lines.iter().map(|words| self.command(words)).collect();
        let last = commands.last_mut().ok_or("a block has no command")?;
        (last.expected, last.fails) = (self.expected, self.fails);
        Ok(commands)
    }

    fn command(&self, shown: &[&str]) -> GuideCommand {
        let mut tested = shown.to_vec();
        for index in 1..tested.len() {
            let other = self.values.iter().find(|(option, _)| option == shown[index - 1]);
            if let Some((_, value)) = other {
                tested[index] = value;
            }
        }
        GuideCommand { shown: shown.join(" "), tested: tested.join(" "), ..GuideCommand::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guide(name: &str) -> Vec<GuideCommand> {
        let path = format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        commands_of(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[test]
    fn both_languages_have_the_same_commands() {
        let english = guide("guide.md");
        assert!(english.len() > 10, "{} commands", english.len());
        for (english, thai) in english.iter().zip(guide("guide.th.md")) {
            assert_eq!(*english, thai);
        }
        assert_eq!(english.len(), guide("guide.th.md").len());
    }

    #[test]
    fn comments_change_the_test_and_not_what_is_shown() {
        let markdown = "\
text
<!-- test: --epochs 1 -->
<!-- test expects: too large -->
<!-- test fails -->
```sh
mkdir a
trainer --data a \\
  --epochs 30
```
```text
trainer --not-a-command
```
```sh
ls a
```";
        let command = |text: &str| GuideCommand {
            shown: text.to_owned(),
            tested: text.to_owned(),
            ..GuideCommand::default()
        };
        let changed = GuideCommand {
            shown: "trainer --data a --epochs 30".to_owned(),
            tested: "trainer --data a --epochs 1".to_owned(),
            expected: vec!["too large".to_owned()],
            fails: true,
        };
        assert_eq!(commands_of(markdown), Ok(vec![command("mkdir a"), changed, command("ls a")]));
    }

    #[test]
    fn comments_that_can_not_be_followed_are_errors() {
        for comment in ["<!-- test: --epochs -->", "<!-- test: --side 32 -->", "<!-- test x -->"] {
            let markdown = format!("{comment}\n```sh\ntrainer --epochs 3\n```");
            assert!(commands_of(&markdown).is_err(), "{comment}");
        }
    }
}
