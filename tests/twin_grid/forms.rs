//! The forms: each is a macro that is given who makes a module of the items, its name, options of the attribute, the items
//! of the trait, their signatures, and the items of the impl. After the options there may be a header for the trait.

/// The items of the trait are signatures.
macro_rules! in_form {
    ($shape:ident, $form:ident, $module:ident, [$($options:tt)*], { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $shape! { $form, $module, [$($options)*], { $($sigs)* } { $($sigs)* } { $($bodies)* } }
    };
}

macro_rules! native {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge($($options)*)]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[sync_bridge($($options)*)]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! boxed_below {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge($($options)*)]
            #[async_trait::async_trait]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[sync_bridge($($options)*)]
            #[async_trait::async_trait]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! boxed_above {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[async_trait::async_trait]
            #[sync_bridge($($options)*)]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[async_trait::async_trait]
            #[sync_bridge($($options)*)]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! not_send {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[async_trait::async_trait(?Send)]
            #[sync_bridge($($options)*)]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[sync_bridge($($options)*)]
            #[async_trait::async_trait(?Send)]
            impl Api for Value { $($bodies)* }
        } }
    };
}

// The synchronous trait has the signatures of a generated twin, and is given as one that was written by hand.
macro_rules! existing {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(twin = Existing, $($options)*)]
            #[allow(dead_code)]
            pub(crate) trait Shape $(: $($header)*)? { $($sigs)* }
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[sync_bridge(twin_trait = Existing, suffix = "_blocking", $($options)*)]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! existing_below {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(twin = Existing, $($options)*)]
            #[allow(dead_code)]
            pub(crate) trait Shape $(: $($header)*)? { $($sigs)* }
            #[async_trait::async_trait]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[sync_bridge(twin_trait = Existing, suffix = "_blocking", $($options)*)]
            #[async_trait::async_trait]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! existing_above {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(twin = Existing, $($options)*)]
            #[allow(dead_code)]
            pub(crate) trait Shape $(: $($header)*)? { $($sigs)* }
            #[async_trait::async_trait]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[async_trait::async_trait]
            #[sync_bridge(twin_trait = Existing, suffix = "_blocking", $($options)*)]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! blanket_not_send {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(blanket, $($options)*)]
            #[async_trait::async_trait(?Send)]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[async_trait::async_trait(?Send)]
            impl Api for Value {
                $($bodies)*
            }
        } }
    };
}

macro_rules! blanket_native {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(blanket, $($options)*)]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! blanket_below {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(blanket, $($options)*)]
            #[async_trait::async_trait]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[async_trait::async_trait]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! blanket_above {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[async_trait::async_trait]
            #[sync_bridge(blanket, $($options)*)]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[async_trait::async_trait]
            impl Api for Value { $($bodies)* }
        } }
    };
}

macro_rules! remote_native {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            impl Api for Value { $($bodies)* }
            #[sync_bridge(remote = Api, twin = BlockingApi, local, $($options)*)]
            pub(crate) trait Mirror $(: $($header)*)? { $($sigs)* }
        } }
    };
}

macro_rules! remote_boxed {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[async_trait::async_trait]
            pub(crate) trait Api $(: $($header)*)? { $($items)* }
            #[async_trait::async_trait]
            impl Api for Value { $($bodies)* }
            #[sync_bridge(remote = Api, twin = BlockingApi, $($options)*)]
            pub(crate) trait Mirror $(: $($header)*)? { $($sigs)* }
        } }
    };
}

macro_rules! inherent {
    ($form:ident, $module:ident, [$($options:tt)*] $([$($header:tt)*])?, { $($items:tt)* } { $($sigs:tt)* } { $($bodies:tt)* }) => {
        $form! { $module, {
            #[sync_bridge(private, $($options)*)]
            impl Value { $($bodies)* }
        } }
    };
}
