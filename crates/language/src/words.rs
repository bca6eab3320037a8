//! A message that is to be said: which one, and with what in it.

/// A message and what stands in it, in no language yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub(crate) id: &'static str,
    pub(crate) arguments: Vec<(&'static str, Value)>,
}

/// What stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A name, an address, a date.
    Text(String),
    /// A number, which the words around it may depend on.
    Number(i64),
}

impl Words {
    /// The message of this id.
    #[must_use]
    pub fn new(id: &'static str) -> Self {
        Self { id, arguments: Vec::new() }
    }

    /// Puts `value` where the message says `{ $name }`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }
}

/// What takes words takes them by reference too.
impl AsRef<Self> for Words {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl From<&'static str> for Words {
    fn from(id: &'static str) -> Self {
        Self::new(id)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// What a template borrows once more.
impl From<&&String> for Value {
    fn from(text: &&String) -> Self {
        Self::from(*text)
    }
}

impl From<&&str> for Value {
    fn from(text: &&str) -> Self {
        Self::from(*text)
    }
}

/// A number that is too large for a message is said as the largest.
macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }

        impl From<&$number> for Value {
            fn from(number: &$number) -> Self {
                Self::from(*number)
            }
        }
    )*};
}

numbers!(i64, u64, u32, u16, u8, usize);
