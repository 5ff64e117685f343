//! What a guest may take: linear memory, tables, instances.
//!
//! Not covered: what the host allocates on behalf of a guest. Hostcall fuel and the caps of `plan` bound that.

use wasmtime::ResourceLimiter;

/// Core instances of one component: main module, shims, adapters.
const INSTANCES: usize = 32;
/// Linear memories of one component; language runtimes use up to three.
const MEMORIES: usize = 4;
/// Tables of one component.
const TABLES: usize = 32;
/// Elements of one table. Today's language runtimes need some thousand.
const TABLE_ELEMENTS: usize = 100_000;

/// The limits of one store, and how near it has come to them.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Most bytes of all linear memories together.
    max_memory: usize,
    memory: usize,
    denied: bool,
}

impl Limits {
    /// A fresh store has used nothing.
    pub(crate) fn new(max_memory: usize) -> Self {
        Self { max_memory, memory: 0, denied: false }
    }

    /// Whether the guest has asked for more than it may have.
    pub(crate) fn denied(&self) -> bool {
        self.denied
    }

    /// Whether three quarters are in use. Memory of a guest never shrinks, so it is time for a new instance.
    pub(crate) fn is_high(&self) -> bool {
        self.memory > self.max_memory / 4 * 3
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let memory = self.memory.saturating_add(desired.saturating_sub(current));
        let allowed = memory <= self.max_memory;
        if allowed {
            self.memory = memory;
        }
        self.denied |= !allowed;
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.denied = true;
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        TABLES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_count_together() {
        let mut limits = Limits::new(100);
        assert!(matches!(limits.memory_growing(0, 60, None), Ok(true)));
        assert!(matches!(limits.memory_growing(0, 60, None), Ok(false)));
        assert!(limits.denied());
        assert!(!limits.is_high());
        assert!(matches!(limits.memory_growing(60, 100, None), Ok(true)));
        assert!(limits.is_high());
    }
}
