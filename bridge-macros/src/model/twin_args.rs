//! Arguments of the method of a twin type that are twins, or have twins in them.

use crate::model::shape::Shape;
use crate::options::twin_types::TwinTypes;
use syn::{FnArg, Signature, Type};

/// Such an argument.
pub(crate) struct TwinArg {
    /// Its place among the inputs.
    pub(crate) index: usize,
    /// As it is written.
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
}

pub(crate) fn twin_args(sig: &Signature, twins: &TwinTypes) -> Vec<TwinArg> {
    let inputs = sig.inputs.iter().enumerate();
    let arguments = inputs.filter_map(|(index, input)| match input {
        FnArg::Typed(argument) => Some((index, &*argument.ty)),
        FnArg::Receiver(_) => None,
    });
    let found = arguments.filter_map(|(index, ty)| {
        let shape = Shape::find(ty, &|ty| twins.argument(ty).is_some())?;
        Some(TwinArg { index, ty: ty.clone(), shape })
    });
    found.collect()
}

impl TwinArg {
    /// The type in the method of the twin.
    pub(crate) fn type_in_twin(&self, twins: &TwinTypes) -> Type {
        self.shape.with_parts(&self.ty, &|part| twins.argument(part).map_or_else(|| part.clone(), |(_, ty)| ty))
    }
}
