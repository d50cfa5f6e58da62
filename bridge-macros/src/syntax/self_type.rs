//! What a type asks of the `Self` that is a part of it.

use syn::visit::{self, Visit};
use syn::{
    AssocType, FnArg, GenericArgument, GenericParam, Generics, Path, PathArguments, ReturnType, Signature, TraitBound,
    Type, TypeFnPtr, TypeParamBound, TypePath, WherePredicate,
};

/// What has to be true of `Self`, besides what the item itself says.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asks {
    /// It has to be `Sized`, as in `Option<Self>`.
    pub(crate) sized: bool,
    /// It may have to be an implementor of the trait, as in `Sink<Self>` or `RowOf<Self>`.
    pub(crate) implementor: bool,
}

impl Asks {
    /// What the arguments, the output and the bounds of a method ask. The receiver asks nothing. An output that
    /// `is_result` is a `Result` under any name.
    pub(crate) fn of_signature(sig: &Signature, is_result: bool) -> Self {
        let mut found = Finder::default();
        for input in &sig.inputs {
            if let FnArg::Typed(argument) = input {
                found.visit_type(&argument.ty);
            }
        }
        match &sig.output {
            ReturnType::Type(_, output) => match &**output {
                Type::Path(ty) if is_result && ty.qself.is_none() && !ty.path.is_ident("Self") => {
                    found.visit_arguments(&ty.path, Some(Place::Value));
                }
                output => found.visit_type(output),
            },
            ReturnType::Default => {}
        }
        found.visit_generics(&sig.generics);
        found.asks
    }

    pub(crate) fn of_type(ty: &Type) -> Self {
        let mut found = Finder::default();
        found.visit_type(ty);
        found.asks
    }

    pub(crate) fn of_bound(bound: &TypeParamBound) -> Self {
        let mut found = Finder::default();
        found.visit_type_param_bound(bound);
        found.asks
    }

    pub(crate) fn of_predicate(predicate: &WherePredicate) -> Self {
        let mut found = Finder::default();
        found.visit_where_predicate(predicate);
        found.asks
    }
}

/// What the place of a type asks of it, if it is `Self`.
#[derive(Clone, Copy, Default, PartialEq)]
enum Place {
    /// By value, in an `Option` or in an array.
    #[default]
    Value,
    /// Behind a pointer, where the size does not matter.
    Pointee,
    /// An argument of a type or a trait that may have bounds.
    Argument,
}

#[derive(Default)]
struct Finder {
    place: Place,
    asks: Asks,
}

impl Finder {
    fn at(&mut self, place: Place, visit: impl FnOnce(&mut Self)) {
        let around = self.place;
        // A part of an argument is one too.
        if around != Place::Argument {
            self.place = place;
        }
        visit(self);
        self.place = around;
    }

    fn visit_arguments(&mut self, path: &Path, of_last: Option<Place>) {
        let last = path.segments.len() - 1;
        for (index, segment) in path.segments.iter().enumerate() {
            let place = of_last.filter(|_| index == last).unwrap_or(Place::Argument);
            match &segment.arguments {
                PathArguments::None => {}
                // The values that a closure takes and returns.
                PathArguments::Parenthesized(of) => {
                    self.at(Place::Value, |this| visit::visit_parenthesized_generic_arguments(this, of));
                }
                PathArguments::AngleBracketed(of) => {
                    for argument in &of.args {
                        // What an associated type has to be follows from its declaration.
                        let place = if let GenericArgument::AssocType(_) = argument { Place::Pointee } else { place };
                        self.at(place, |this| this.visit_generic_argument(argument));
                    }
                }
            }
        }
    }
}

impl<'a> Visit<'a> for Finder {
    fn visit_type(&mut self, ty: &'a Type) {
        match ty {
            Type::Reference(of) => self.at(Place::Pointee, |this| this.visit_type(&of.elem)),
            Type::Ptr(of) => self.at(Place::Pointee, |this| this.visit_type(&of.elem)),
            Type::Array(_) | Type::Slice(_) | Type::Tuple(_) => {
                self.at(Place::Value, |this| visit::visit_type(this, ty));
            }
            _ => visit::visit_type(self, ty),
        }
    }

    fn visit_type_fn_ptr(&mut self, ty: &'a TypeFnPtr) {
        self.at(Place::Pointee, |this| visit::visit_type_fn_ptr(this, ty));
    }

    fn visit_type_path(&mut self, ty: &'a TypePath) {
        if ty.qself.is_none() && ty.path.is_ident("Self") {
            match self.place {
                Place::Value => self.asks.sized = true,
                Place::Pointee => {}
                Place::Argument => self.asks.implementor = true,
            }
            return;
        }
        if let Some(qself) = &ty.qself {
            self.at(Place::Pointee, |this| this.visit_type(&qself.ty));
        }
        if ty.path.segments.iter().all(|segment| segment.arguments.is_none()) {
            return;
        }
        let of_last = match &*ty.path.segments[ty.path.segments.len() - 1].ident.to_string() {
            last if POINTERS.contains(&last) => Some(Place::Pointee),
            last if CONTAINERS.contains(&last) || last.ends_with("Result") => Some(Place::Value),
            last if CELLS.contains(&last) => Some(self.place),
            _ => None,
        };
        self.visit_arguments(&ty.path, of_last);
    }

    fn visit_assoc_type(&mut self, of: &'a AssocType) {
        self.visit_type(&of.ty);
    }

    fn visit_trait_bound(&mut self, bound: &'a TraitBound) {
        if bound.path.segments.iter().all(|segment| segment.arguments.is_none()) {
            return;
        }
        let of_last = match &*bound.path.segments[bound.path.segments.len() - 1].ident.to_string() {
            last if OF_UNSIZED.contains(&last) => Some(Place::Pointee),
            last if OF_SIZED.contains(&last) => Some(Place::Value),
            _ => None,
        };
        self.visit_arguments(&bound.path, of_last);
    }

    fn visit_where_predicate(&mut self, predicate: &'a WherePredicate) {
        let WherePredicate::Type(of) = predicate else { return };
        self.at(Place::Pointee, |this| this.visit_type(&of.bounded_ty));
        of.bounds.iter().for_each(|bound| self.visit_type_param_bound(bound));
    }

    fn visit_generics(&mut self, generics: &'a Generics) {
        for param in &generics.params {
            if let GenericParam::Type(param) = param {
                param.bounds.iter().for_each(|bound| self.visit_type_param_bound(bound));
            }
        }
        let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        predicates.for_each(|predicate| self.visit_where_predicate(predicate));
    }
}

/// Types of the standard library that point to their argument.
const POINTERS: [&str; 6] = ["Arc", "Box", "NonNull", "PhantomData", "Rc", "Weak"];

/// Those that are as large as their argument.
const CELLS: [&str; 5] = ["Cell", "Mutex", "RefCell", "RwLock", "UnsafeCell"];

/// Those that own values of their arguments, and ask no more of them.
const CONTAINERS: [&str; 11] = [
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "HashMap",
    "HashSet",
    "LinkedList",
    "Option",
    "Pin",
    "Poll",
    "Vec",
    "VecDeque",
];

/// Traits of the standard library whose argument may have any size.
const OF_UNSIZED: [&str; 7] = ["AsMut", "AsRef", "Borrow", "BorrowMut", "PartialEq", "PartialOrd", "ToOwned"];

/// Those whose argument is a value.
const OF_SIZED: [&str; 14] = [
    "Extend",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "Product",
    "Stream",
    "Sum",
    "TryFrom",
    "TryInto",
    "TryStream",
];
