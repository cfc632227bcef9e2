//! What the accounts of a group know in common.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;

use crate::account::GroupId;

/// By group and kind: what was worked out once for all of the group's accounts, see [`crate::strategy::Actor::common`].
#[derive(Resource, Default)]
pub(crate) struct Common(BTreeMap<(GroupId, TypeId), Box<dyn Any + Send + Sync>>);

impl Common {
    /// What a group knows of this kind; nothing yet, at first.
    pub(crate) fn of<T: Default + Send + Sync + 'static>(&mut self, group: GroupId) -> &mut T {
        let known = self.0.entry((group, TypeId::of::<T>())).or_insert_with(|| Box::<T>::default());
        known.downcast_mut().expect("it is kept by its type")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_knows_its_own() {
        let mut common = Common::default();
        *common.of::<u32>(GroupId(1)) = 7;
        assert_eq!((*common.of::<u32>(GroupId(1)), *common.of::<u32>(GroupId(2))), (7, 0));
        assert_eq!(*common.of::<u64>(GroupId(1)), 0);
    }
}
