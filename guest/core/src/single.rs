//! The state of a component: one value, for its only thread.
#![expect(unsafe_code, reason = "a component has one thread, and Rust cannot know")]

use core::cell::{RefCell, RefMut};

/// A lazily made value in a `static`.
pub struct Single<T>(RefCell<Option<T>>, fn() -> T);

// SAFETY: the components are built without threads; all that runs in an instance runs one after the
// other, and a call that would overlap another panics in the `RefCell`.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    /// Made when it is first asked for.
    pub const fn new(make: fn() -> T) -> Self {
        Self(RefCell::new(None), make)
    }

    /// The value.
    pub fn get(&self) -> RefMut<'_, T> {
        RefMut::map(self.0.borrow_mut(), |value| value.get_or_insert_with(self.1))
    }
}
