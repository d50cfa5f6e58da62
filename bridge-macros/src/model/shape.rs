//! Where in an output the parts are that a twin returns in another form.

use crate::syntax::output::is_visibly_plain;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};
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

    // Input, for `Result<(Meta, JoinHandle<u8>), Error>`:
    //     __output
    //
    // Output:
    //     map_inner(__output, |__part| { let (__part0, __part1) = __part; (__part0, task(__part1)) })
    /// `value`, an expression of this shape and of type `ty`, with `make` of each part in its place.
    pub(crate) fn convert(
        &self,
        ty: &Type,
        value: &TokenStream,
        span: Span,
        private: &TokenStream,
        make: &dyn Fn(&Type, &TokenStream) -> TokenStream,
    ) -> TokenStream {
        match (self, ty) {
            (_, Type::Group(ty)) => self.convert(&ty.elem, value, span, private, make),
            (_, Type::Paren(ty)) => self.convert(&ty.elem, value, span, private, make),
            (Self::Inner(shape), Type::Path(of)) => {
                let Some(inner) = first_argument(of) else { return value.clone() };
                let part = quote_spanned!(span=> __part);
                let inner = shape.convert(inner, &part, span, private, make);
                quote_spanned!(span=> #private::map_inner(#value, |#part| #inner))
            }
            (Self::Each(shape), Type::Path(of)) => {
                let Some(inner) = first_argument(of) else { return value.clone() };
                let part = quote_spanned!(span=> __part);
                let inner = shape.convert(inner, &part, span, private, make);
                quote_spanned!(span=> #private::map_each(#value, |#part| #inner))
            }
            (Self::Tuple(shapes), Type::Tuple(of)) => {
                let names: Vec<_> =
                    (0..shapes.len()).map(|index| format_ident!("__part{index}", span = span)).collect();
                let values = shapes.iter().zip(&of.elems).zip(&names).map(|((shape, ty), name)| {
                    let value = quote_spanned!(span=> #name);
                    shape.as_ref().map_or(value.clone(), |shape| shape.convert(ty, &value, span, private, make))
                });
                quote_spanned!(span=> { let (#(#names,)*) = #value; (#(#values,)*) })
            }
            (_, ty) => make(ty, value),
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

fn first_argument(ty: &TypePath) -> Option<&Type> {
    match &ty.path.segments.last()?.arguments {
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
