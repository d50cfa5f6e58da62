//! Where in an output the parts are that a twin returns in another form.

use crate::syntax::output::is_visibly_plain;
use syn::{GenericArgument, Ident, PathArguments, Type, TypePath};

/// The way from an output to such parts, through types whose values can be taken apart.
pub(crate) enum Shape {
    /// The part itself.
    Part,
    /// In the first argument of a `Result`, under any name that ends so, or of an `Option`.
    Inner(Box<Shape>),
    /// In the argument of a `Vec`.
    Each(Box<Shape>),
    /// In these elements of a tuple.
    Tuple(Vec<Option<Shape>>),
}

impl Shape {
    /// The way to every part that `is_part`, if there is one.
    pub(crate) fn find(ty: &Type, is_part: &dyn Fn(&Type) -> bool) -> Option<Self> {
        if is_part(ty) {
            return Some(Self::Part);
        }
        match ty {
            Type::Group(ty) => Self::find(&ty.elem, is_part),
            Type::Paren(ty) => Self::find(&ty.elem, is_part),
            Type::Tuple(ty) => {
                let elements: Vec<_> = ty.elems.iter().map(|ty| Self::find(ty, is_part)).collect();
                elements.iter().any(Option::is_some).then_some(Self::Tuple(elements))
            }
            Type::Path(ty) => match (container(ty)?, first_argument(ty)?) {
                (Container::Inner, inner) => Self::find(inner, is_part).map(|shape| Self::Inner(Box::new(shape))),
                (Container::Each, inner) => Self::find(inner, is_part).map(|shape| Self::Each(Box::new(shape))),
            },
            _ => None,
        }
    }

    /// The way to the value of an output that does not say what it is: what a `Result` or an `Option` has, or all of it.
    pub(crate) fn value_of(ty: &Type) -> Self {
        match ty {
            Type::Group(ty) => Self::value_of(&ty.elem),
            Type::Paren(ty) => Self::value_of(&ty.elem),
            Type::Path(ty) => match (container(ty), first_argument(ty)) {
                (Some(Container::Inner), Some(inner)) if !is_whole(ty, inner) => {
                    Self::Inner(Box::new(Self::value_of(inner)))
                }
                _ => Self::Part,
            },
            _ => Self::Part,
        }
    }

    /// The parts of `ty`, which has this shape.
    pub(crate) fn parts<'a>(&self, ty: &'a Type) -> Vec<&'a Type> {
        match (self, ty) {
            (_, Type::Group(ty)) => self.parts(&ty.elem),
            (_, Type::Paren(ty)) => self.parts(&ty.elem),
            (Self::Inner(shape) | Self::Each(shape), Type::Path(ty)) => {
                first_argument(ty).map(|inner| shape.parts(inner)).unwrap_or_default()
            }
            (Self::Tuple(shapes), Type::Tuple(ty)) => {
                let elements = shapes.iter().zip(&ty.elems);
                elements.filter_map(|(shape, ty)| Some(shape.as_ref()?.parts(ty))).flatten().collect()
            }
            _ => vec![ty],
        }
    }

    /// `ty`, which has this shape, with `make` of each part in its place.
    pub(crate) fn with_parts(&self, ty: &Type, make: &dyn Fn(&Type) -> Type) -> Type {
        let mut ty = ty.clone();
        self.replace(&mut ty, make);
        ty
    }

    fn replace(&self, ty: &mut Type, make: &dyn Fn(&Type) -> Type) {
        match (self, ty) {
            (_, Type::Group(ty)) => self.replace(&mut ty.elem, make),
            (_, Type::Paren(ty)) => self.replace(&mut ty.elem, make),
            (Self::Inner(shape) | Self::Each(shape), Type::Path(ty)) => {
                if let Some(inner) = first_argument_mut(ty) {
                    shape.replace(inner, make);
                }
            }
            (Self::Tuple(shapes), Type::Tuple(ty)) => {
                for (shape, ty) in shapes.iter().zip(&mut ty.elems) {
                    if let Some(shape) = shape {
                        shape.replace(ty, make);
                    }
                }
            }
            (_, ty) => *ty = make(ty),
        }
    }
}

enum Container {
    Inner,
    Each,
}

fn container(ty: &TypePath) -> Option<Container> {
    let last = &ty.path.segments.last()?.ident;
    match last.to_string().as_str() {
        "Option" => Some(Container::Inner),
        "Vec" => Some(Container::Each),
        _ => is_name_of_result(last).then_some(Container::Inner),
    }
}

/// `Result`, and what crates call theirs: `DbResult`. Whether it is one, the types say.
fn is_name_of_result(name: &Ident) -> bool {
    name.to_string().ends_with("Result")
}

/// Whether `ty`, which holds `inner` if it is a `Result`, is more likely an alias of what is asked for.
fn is_whole(ty: &TypePath, inner: &Type) -> bool {
    ty.path.segments.last().is_some_and(|last| last.ident != "Result" && last.ident != "Option")
        && is_visibly_plain(inner)
}

pub(crate) fn first_argument(ty: &TypePath) -> Option<&Type> {
    first_argument_of(&ty.path.segments.last()?.arguments)
}

pub(crate) fn first_argument_of(arguments: &PathArguments) -> Option<&Type> {
    match arguments {
        PathArguments::AngleBracketed(args) => args.args.iter().find_map(|arg| match arg {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}

fn first_argument_mut(ty: &mut TypePath) -> Option<&mut Type> {
    match &mut ty.path.segments.last_mut()?.arguments {
        PathArguments::AngleBracketed(args) => args.args.iter_mut().find_map(|arg| match arg {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    }
}

/// Whether the last name of the type is that of a `Result`.
pub(crate) fn is_result(ty: &Type) -> bool {
    match ty {
        Type::Group(ty) => is_result(&ty.elem),
        Type::Paren(ty) => is_result(&ty.elem),
        Type::Path(ty) => ty.path.segments.last().is_some_and(|last| is_name_of_result(&last.ident)),
        _ => false,
    }
}
