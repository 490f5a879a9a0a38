//! The words after the command.

use crate::place::environment;
use crate::step::Stop;

/// Options and names that a command takes out one by one; what is left over was not understood.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    words: Vec<String>,
    yes: bool,
}

impl Arguments {
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Self {
        let mut arguments = Self { words: words.collect(), yes: false };
        let asked = arguments.take("--yes");
        arguments.yes = asked || environment("CI").is_some_and(|value| value != "false" && value != "0");
        arguments
    }

    /// No words, and the answer to every question known: one command run by another.
    pub(crate) fn agreeing(yes: bool) -> Self {
        Self { words: Vec::new(), yes }
    }

    /// Whether packages may be installed without a question.
    pub(crate) fn yes(&self) -> bool {
        self.yes
    }

    /// Takes a switch; gives whether it was there.
    pub(crate) fn take(&mut self, switch: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != switch);
        self.words.len() < before
    }

    /// Takes an option with a value.
    pub(crate) fn take_value(&mut self, option: &str) -> Result<Option<String>, Stop> {
        let Some(at) = self.words.iter().position(|word| word == option) else {
            return Ok(None);
        };
        self.words.remove(at);
        if at < self.words.len() && !self.words[at].starts_with("--") {
            return Ok(Some(self.words.remove(at)));
        }
        Err(Stop::new(format!("{option} needs a value"), "See `cargo xtask help`."))
    }

    /// Takes the names that are left; an option among them was not understood.
    pub(crate) fn take_names(&mut self) -> Result<Vec<String>, Stop> {
        if let Some(unknown) = self.words.iter().find(|word| word.starts_with('-')) {
            return Err(Stop::new(
                format!("the option {unknown} is not known here"),
                "See `cargo xtask help`.",
            ));
        }
        Ok(std::mem::take(&mut self.words))
    }

    /// Refuses whatever is left.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        match self.take_names()?.first() {
            None => Ok(()),
            Some(name) => Err(Stop::new(format!("{name} means nothing here"), "See `cargo xtask help`.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Arguments {
        Arguments::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_taken_and_names_are_left() {
        let mut arguments = read("--yes merge --key secret.key sign");
        assert!(arguments.yes());
        assert_eq!(arguments.take_value("--key").unwrap(), Some("secret.key".to_owned()));
        assert_eq!(arguments.take_names().unwrap(), ["merge", "sign"]);
    }

    #[test]
    fn a_mistyped_option_is_refused_and_not_ignored() {
        assert!(read("--headles").finish().is_err());
        assert!(read("--key --yes").take_value("--key").is_err());
        assert!(read("everything").finish().is_err());
    }
}
