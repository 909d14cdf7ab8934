pub(crate) const TYPES: &[&dyn crate::cloudformation::resource::ResourceType] = &[];
