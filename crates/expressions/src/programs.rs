//! Compiled programs, kept by their text.

use std::sync::Arc;

use moka::sync::Cache;

use crate::error::CompileError;
use crate::program::Program;

/// Programs of all tenants; the same text is the same program whoever wrote it.
const MAX_PROGRAMS: u64 = 2_000;

/// A bounded cache in front of [`Program::compile`].
#[derive(Clone, Debug)]
pub struct Programs {
    by_text: Cache<String, Arc<Program>>,
}

impl Default for Programs {
    fn default() -> Self {
        Self { by_text: Cache::new(MAX_PROGRAMS) }
    }
}

impl Programs {
    /// The program of a text, compiled at first sight.
    ///
    /// # Errors
    /// As [`Program::compile`]; a text that does not compile is not remembered.
    pub fn compile(&self, text: &str) -> Result<Arc<Program>, CompileError> {
        if let Some(program) = self.by_text.get(text) {
            return Ok(program);
        }
        let program = Arc::new(Program::compile(text)?);
        self.by_text.insert(text.to_owned(), program.clone());
        Ok(program)
    }
}
