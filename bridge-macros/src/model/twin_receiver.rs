//! How the method of a twin type takes the value that its original takes as `self`.

use crate::syntax::output::only_argument;
use syn::{Lifetime, ReceiverKind, Type};

/// How an original takes its value.
pub(crate) struct TwinReceiver {
    /// What the twin takes.
    pub(crate) by: TwinBy,
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) pointer: Pointer,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TwinBy {
    Shared,
    Mutable,
    Value,
}

/// What is between `self` and the value.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Pointer {
    None,
    Pin,
    Box,
}

impl TwinReceiver {
    /// `None` if there is a pointer that a twin cannot make.
    pub(crate) fn of(receiver: &ReceiverKind) -> Option<Self> {
        match receiver {
            ReceiverKind::Value => Some(Self::new(TwinBy::Value, None, Pointer::None)),
            ReceiverKind::Reference(_, lifetime, mutability) => {
                let by = if mutability.is_some() { TwinBy::Mutable } else { TwinBy::Shared };
                Some(Self::new(by, lifetime.clone(), Pointer::None))
            }
            ReceiverKind::Typed(_, ty) => Self::of_type(ty),
            _ => None,
        }
    }

    fn of_type(ty: &Type) -> Option<Self> {
        match ty {
            Type::Group(ty) => Self::of_type(&ty.elem),
            Type::Paren(ty) => Self::of_type(&ty.elem),
            ty if is_self(ty) => Some(Self::new(TwinBy::Value, None, Pointer::None)),
            Type::Reference(_) => of_reference(ty, Pointer::None),
            ty => match (only_argument(ty, "Pin"), only_argument(ty, "Box")) {
                (Some(pinned), _) => of_reference(pinned, Pointer::Pin),
                (None, Some(boxed)) if is_self(boxed) => Some(Self::new(TwinBy::Value, None, Pointer::Box)),
                _ => None,
            },
        }
    }

    fn new(by: TwinBy, lifetime: Option<Lifetime>, pointer: Pointer) -> Self {
        Self { by, lifetime, pointer }
    }
}

fn of_reference(ty: &Type, pointer: Pointer) -> Option<TwinReceiver> {
    let Type::Reference(reference) = ty else { return None };
    let by = if reference.mutability.is_some() { TwinBy::Mutable } else { TwinBy::Shared };
    is_self(&reference.elem).then(|| TwinReceiver::new(by, reference.lifetime.clone(), pointer))
}

pub(crate) fn is_self(ty: &Type) -> bool {
    match ty {
        Type::Group(ty) => is_self(&ty.elem),
        Type::Paren(ty) => is_self(&ty.elem),
        Type::Path(ty) => ty.qself.is_none() && ty.path.is_ident("Self"),
        _ => false,
    }
}
