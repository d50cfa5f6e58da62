//! Refs in memory. This type is synchronous, so it does not need the bridge.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Ref, RefBackend, Update};

/// Refs in memory. Clones share the same refs.
#[derive(Clone, Debug, Default)]
pub struct MemoryRefs {
    refs: Arc<Mutex<BTreeMap<String, String>>>,
}

impl MemoryRefs {
    /// Ignores a poisoned lock, because no method leaves the map half changed.
    fn refs(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.refs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefBackend for MemoryRefs {
    type Error = Infallible;

    fn get(&self, name: &str) -> Result<Option<String>, Infallible> {
        Ok(self.refs().get(name).cloned())
    }

    fn set(&self, name: &str, target: &str) -> Result<(), Infallible> {
        self.refs().insert(name.to_owned(), target.to_owned());
        Ok(())
    }

    fn compare_and_set(&self, name: &str, expected: Option<&str>, target: &str) -> Result<bool, Infallible> {
        self.update_all(&[Update::new(name, expected, Some(target))])
    }

    fn delete(&self, name: &str) -> Result<bool, Infallible> {
        Ok(self.refs().remove(name).is_some())
    }

    fn list(&self, prefix: &str) -> Result<Vec<Ref>, Infallible> {
        let refs = self.refs();
        let found = refs.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        Ok(found.map(|(name, target)| Ref { name: name.clone(), target: target.clone() }).collect())
    }

    fn update_all(&self, updates: &[Update]) -> Result<bool, Infallible> {
        let mut refs = self.refs();
        if updates.iter().any(|update| refs.get(&update.name) != update.expected.as_ref()) {
            return Ok(false);
        }
        for Update { name, target, .. } in updates {
            match target {
                Some(target) => refs.insert(name.clone(), target.clone()),
                None => refs.remove(name),
            };
        }
        Ok(true)
    }
}
