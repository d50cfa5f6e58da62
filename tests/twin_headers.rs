//! What a trait, and the type it is implemented for, may look like, in each form that writes an impl.

#![allow(single_use_lifetimes)]
#![allow(clippy::elidable_lifetime_names, clippy::multiple_bound_locations, clippy::unused_async)]

use std::fmt::{Debug, Display};
use std::io;
use sync_bridge::{BridgeError, sync_bridge};

/// A trait of each form, to be implemented for every kind of type.
mod forms {
    use super::*;

    #[sync_bridge(error = wrap)]
    pub(crate) trait Annotated: Sync {
        async fn kind(&self) -> String;

        async fn twice(&self) -> String {
            self.kind().await.repeat(2)
        }
    }

    #[sync_bridge(error = wrap, blanket)]
    pub(crate) trait Blanket: Sync {
        fn bare_kind(&self) -> impl Future<Output = String> + Send;
    }

    pub(crate) trait Hidden {
        fn kind(&self) -> impl Future<Output = String> + Send;
    }

    pub(crate) trait ByHand {
        fn hand_kind(&self) -> Result<String, BridgeError>;
    }

    #[sync_bridge(error = wrap, remote = Hidden, twin = Remote, suffix = "_from_afar")]
    pub(crate) trait Mirror: Sync {
        async fn kind(&self) -> String;
    }
}

use forms::{Annotated, Blanket, BlockingAnnotated, BlockingBlanket, ByHand, Hidden, Remote};

macro_rules! unit {
    () => {
        ()
    };
}

macro_rules! implement {
    ($([$($generics:tt)*] $ty:ty => $kind:literal;)*) => {$(
        #[sync_bridge(error = wrap)]
        impl<$($generics)*> Annotated for $ty {
            async fn kind(&self) -> String {
                tokio::task::yield_now().await;
                $kind.to_owned()
            }
        }

        impl<$($generics)*> Blanket for $ty {
            async fn bare_kind(&self) -> String {
                tokio::task::yield_now().await;
                $kind.to_owned()
            }
        }

        #[sync_bridge(error = wrap, twin_trait = ByHand)]
        impl<$($generics)*> Hidden for $ty {
            #[bridge(rename = "hand_kind")]
            async fn kind(&self) -> String {
                tokio::task::yield_now().await;
                $kind.to_owned()
            }
        }
    )*};
}

implement! {
    [] u8 => "primitive";
    [] str => "str";
    [T: Sync] [T] => "slice";
    [T: Sync, const N: usize] [T; N] => "array";
    [A: Sync, B: Sync] (A, B) => "pair";
    [] unit!() => "made by a macro";
    ['a, T: Debug + Sync] &'a T => "reference";
    ['a, T: Debug + Sync] &'a mut [T] => "unique reference";
    [T: ?Sized + Sync] Box<T> => "box";
    [] dyn Display + Sync => "dyn";
    ['a] dyn Debug + Send + Sync + 'a => "dyn with a lifetime";
    [] fn(u8) -> u8 => "function";
    [] Vec<Box<dyn Fn(&str) -> Result<u8, ()> + Sync>> => "vector of closures";
    [const ON: bool] Flag<ON> => "constant";
}

struct Flag<const ON: bool>;

fn kind<T>(value: &T) -> Result<&'static str, BridgeError>
where
    T: BlockingAnnotated + BlockingBlanket + ByHand + Remote + ?Sized,
{
    let kind = value.kind_blocking()?;
    assert_eq!(value.twice_blocking()?, kind.repeat(2));
    assert_eq!(value.bare_kind_blocking()?, kind);
    assert_eq!(value.hand_kind()?, kind);
    assert_eq!(value.kind_from_afar()?, kind);
    Ok(kind.leak())
}

#[test]
fn every_kind_of_type() -> Result<(), BridgeError> {
    assert_eq!(kind(&1_u8)?, "primitive");
    assert_eq!(kind("text")?, "str");
    assert_eq!(kind(&[1, 2][..])?, "slice");
    assert_eq!(kind(&[1, 2])?, "array");
    assert_eq!(kind(&(1, "two"))?, "pair");
    assert_eq!(kind(&())?, "made by a macro");
    assert_eq!(kind(&&1_u16)?, "reference");
    assert_eq!(kind(&&mut [1_u16][..])?, "unique reference");
    assert_eq!(kind(&Box::<str>::from("text"))?, "box");
    assert_eq!(kind::<dyn Display + Sync>(&1)?, "dyn");
    assert_eq!(kind::<dyn Debug + Send + Sync>(&1)?, "dyn with a lifetime");
    assert_eq!(kind::<fn(u8) -> u8>(&((|value| value) as fn(u8) -> u8))?, "function");
    assert_eq!(kind::<Vec<Box<dyn Fn(&str) -> Result<u8, ()> + Sync>>>(&Vec::new())?, "vector of closures");
    assert_eq!(kind(&Flag::<true>)?, "constant");
    Ok(())
}

/// A trait with everything that may stand in its head and beside its methods, made by a macro in each form.
macro_rules! everything {
    ($module:ident, [$($options:tt)*], [$($impl_attr:tt)*], $vis:vis $name:ident) => {
        mod $module {
            use super::*;

            #[sync_bridge($($options)*)]
            #[allow(unsafe_code, clippy::missing_safety_doc)]
            $vis unsafe trait $name<'a, K: ?Sized + 'a, V = u8, const N: usize = 2>: Debug + Send + Sync + 'a
            where
                K: Sync,
                V: Clone + Send + Sync + 'a,
            {
                const LIMIT: usize;
                type Error: From<BridgeError> + Send;
                type Row<'r, T>: Send
                where
                    Self: 'r,
                    T: Send + 'r;

                fn synchronous(&self) -> usize {
                    Self::LIMIT
                }

                async fn row<'r, T: Send + 'r>(&'r self, key: &'a K, value: T) -> Result<Self::Row<'r, T>, Self::Error>;

                async fn fill(&mut self, values: [V; N]) -> Result<[V; N], <Self as $name<'a, K, V, N>>::Error> {
                    assert_eq!(self.synchronous(), Self::LIMIT);
                    Ok(values)
                }

                async unsafe fn unchecked(&self, at: usize) -> Result<usize, Self::Error>;
            }

            #[derive(Debug)]
            pub(crate) struct Rows(pub(crate) String);

            $($impl_attr)*
            #[allow(unsafe_code)]
            // SAFETY: nothing is asked of an implementor.
            unsafe impl<'a, const N: usize> $name<'a, str, char, N> for Rows {
                const LIMIT: usize = 5;
                type Error = io::Error;
                type Row<'r, T>
                    = (&'r str, T)
                where
                    T: Send + 'r;

                async fn row<'r, T: Send + 'r>(&'r self, key: &'a str, value: T) -> io::Result<(&'r str, T)> {
                    tokio::task::yield_now().await;
                    let at = self.0.find(key).ok_or(io::ErrorKind::NotFound)?;
                    Ok((&self.0[at..], value))
                }

                async unsafe fn unchecked(&self, at: usize) -> io::Result<usize> {
                    Ok(self.0.len() - at)
                }
            }
        }
    };
}

everything!(annotated, [], [#[sync_bridge]], pub(crate) Table);
everything!(blanket, [blanket], [], pub(crate) AsyncTable);
everything!(local, [blanket, local], [], pub(super) Table);

#[test]
fn everything_in_the_head_of_a_trait() -> io::Result<()> {
    macro_rules! check {
        ($module:ident) => {
            use $module::{BlockingTable, Rows};

            fn limit<'a, T: BlockingTable<'a, str, char, 3>>(_: &T) -> usize {
                T::LIMIT
            }

            let mut rows = Rows("abc".to_owned());
            assert_eq!(BlockingTable::<str, char, 1>::row_blocking(&rows, "b", 3)?, ("bc", 3));
            assert_eq!(rows.fill_blocking(['x', 'y'])?, ['x', 'y']);
            // SAFETY: it is safe.
            #[allow(unsafe_code)]
            let unchecked = unsafe { BlockingTable::<str, char, 1>::unchecked_blocking(&rows, 1)? };
            assert_eq!((unchecked, limit(&rows)), (2, 5));
        };
    }

    {
        check!(annotated);
    }
    {
        check!(blanket);
    }
    check!(local);
    Ok(())
}

/// Const parameters that have the names of types.
mod const_names {
    use super::*;

    struct N;
    struct K;
    struct W;

    #[sync_bridge(error = panic)]
    pub(crate) trait Counted<const N: usize> {
        type Row<const W: usize>: Default + Send;

        async fn counts(&self) -> [u8; N];

        async fn defaulted<const K: usize>(&self) -> (usize, Self::Row<2>) {
            (self.counts().await.len() + K, Self::Row::default())
        }

        #[bridge(passthrough)]
        fn passed<const K: usize>(&self) -> usize {
            N + K
        }
    }

    #[sync_bridge(error = panic)]
    impl<const N: usize> Counted<{ N }> for u8 {
        type Row<const W: usize> = Vec<[u8; W]>;

        async fn counts(&self) -> [u8; N] {
            [*self; N]
        }

        #[bridge(passthrough)]
        fn passed<const K: usize>(&self) -> usize {
            N * K
        }
    }

    #[sync_bridge(blanket, error = panic)]
    pub(crate) trait Blanket<const N: usize>: Sync {
        async fn given<const K: usize>(&self, bytes: [u8; K]) -> ([u8; K], usize) {
            (bytes, N)
        }
    }

    impl Blanket<3> for u8 {}

    #[sync_bridge(error = panic)]
    impl K {
        pub(super) async fn fill<const K: usize>(value: u8) -> [u8; K] {
            [value; K]
        }
    }

    #[sync_bridge(error = panic)]
    pub(crate) async fn fill<const W: usize>(value: u8) -> [u8; W] {
        K::fill(value).await
    }

    #[test]
    fn const_parameters_with_the_names_of_types() {
        let _ = (N, W, K);
        assert_eq!(BlockingCounted::<2>::counts_blocking(&7_u8), [7, 7]);
        let (count, row) = BlockingCounted::<2>::defaulted_blocking::<3>(&7_u8);
        assert_eq!((count, row), (5, Vec::<[u8; 2]>::new()));
        assert_eq!(BlockingCounted::<2>::passed::<4>(&7_u8), 8);
        assert_eq!(BlockingBlanket::<3>::given_blocking(&7_u8, [1]), ([1], 3));
        assert_eq!(K::fill_blocking(1), [1, 1]);
        assert_eq!(fill_blocking(1), [1]);
    }
}

/// Constants, whose names mean in every scope what they mean without a twin.
mod constants {
    use super::*;

    type By = fn(&u8) -> &u8;

    #[sync_bridge(error = wrap)]
    pub(crate) trait Table<'a, K: ?Sized + 'a, const ON: bool = true, __Type = u8>: Copy + Send + Sync
    where
        K: Sync,
    {
        const LIMIT: usize;
        const NAMES: &'static [(&'static str, By)];
        const KEYS: [Option<Self::Key>; 2];
        const EMPTY: Self;
        const GIVEN: u8 = 5;
        #[cfg(test)]
        const HERE: &'a K;
        #[cfg(not(test))]
        const MISSING: Missing;
        type Key: Debug + PartialEq + Send + Sync;

        async fn limit(&self, key: &'a K) -> usize;

        async fn limit_by_default(&self) -> usize {
            Self::LIMIT + usize::from(Self::GIVEN)
        }
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Rows;

    #[sync_bridge(error = wrap)]
    impl<'a> Table<'a, str> for Rows {
        const LIMIT: usize = 3;
        const NAMES: &'static [(&'static str, By)] = &[("one", |one| one)];
        const KEYS: [Option<Self::Key>; 2] = [None, Some('k')];
        const EMPTY: Self = Self;
        const HERE: &'a str = "here";
        type Key = char;

        async fn limit(&self, key: &'a str) -> usize {
            tokio::task::yield_now().await;
            key.len() + Self::LIMIT + Self::NAMES.len()
        }
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Twice<T>(pub(crate) T);

    #[sync_bridge(error = wrap)]
    impl<'a, T: Table<'a, str>> Table<'a, str> for Twice<T> {
        const LIMIT: usize = T::LIMIT * 2;
        const NAMES: &'static [(&'static str, By)] = T::NAMES;
        const KEYS: [Option<Self::Key>; 2] = T::KEYS;
        const EMPTY: Self = Self(T::EMPTY);
        const GIVEN: u8 = Rows::GIVEN + T::GIVEN;
        const HERE: &'a str = T::HERE;
        type Key = T::Key;

        async fn limit(&self, key: &'a str) -> usize {
            tokio::task::yield_now().await;
            key.len() + T::LIMIT + Self::LIMIT
        }
    }
}

#[test]
fn constants_in_each_scope() -> Result<(), BridgeError> {
    use constants::*;

    fn of_any<'a, T: BlockingTable<'a, str>>() -> (usize, &'a str, [Option<T::Key>; 2]) {
        let one = (T::NAMES[0].1)(&1);
        (T::LIMIT + usize::from(*one), T::HERE, T::KEYS)
    }

    assert_eq!(of_any::<Rows>(), (4, "here", [None, Some('k')]));
    assert_eq!(of_any::<Twice<Rows>>(), (7, "here", [None, Some('k')]));
    assert_eq!((Rows::LIMIT, Twice::<Rows>::GIVEN, Rows::NAMES[0].0), (3, 10, "one"));
    assert_eq!(Twice(Rows::EMPTY).limit_blocking("ab")?, 2 + 3 + 6);
    assert_eq!(Twice(Rows).limit_by_default_blocking()?, 6 + 10);
    Ok(())
}

#[test]
fn constants_of_a_trait_within_a_function() -> Result<(), BridgeError> {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) struct Limit(u8);

    #[sync_bridge(error = wrap)]
    trait Local {
        const LIMIT: Limit;

        async fn limit(&self) -> Limit;
    }

    #[sync_bridge(error = wrap)]
    impl Local for u8 {
        const LIMIT: Limit = Limit(3);

        async fn limit(&self) -> Limit {
            Self::LIMIT
        }
    }

    assert_eq!(7_u8.limit_blocking()?, u8::LIMIT);
    Ok(())
}

/// What follows from supertraits that the twin need not keep.
mod implied {
    use super::*;

    pub(crate) trait HasConnection {
        type Connection: Debug + Send + Sync;
    }

    pub(crate) trait Engine: HasConnection {}

    pub(crate) trait HasEngine {
        type Engine: Engine;

        fn connection(&self) -> &<Self::Engine as HasConnection>::Connection;
    }

    #[derive(Debug)]
    pub(crate) struct Tx<'a, E: Engine>(pub(crate) &'a E::Connection);

    #[sync_bridge]
    pub(crate) trait Store: HasEngine + Default + Send + Sync
    where
        Self::Engine: Debug,
    {
        async fn begin(&self) -> io::Result<Tx<'_, Self::Engine>> {
            tokio::task::yield_now().await;
            Ok(Tx(self.connection()))
        }

        async fn next(self) -> io::Result<Option<Self>> {
            drop(self);
            Ok(Some(Self::default()))
        }
    }

    #[derive(Debug)]
    pub(crate) struct Sqlite;

    impl HasConnection for Sqlite {
        type Connection = u8;
    }

    impl Engine for Sqlite {}

    #[derive(Debug, Default)]
    pub(crate) struct Pool(u8);

    impl HasEngine for Pool {
        type Engine = Sqlite;

        fn connection(&self) -> &u8 {
            &self.0
        }
    }

    #[sync_bridge]
    impl Store for Pool {}

    #[test]
    fn defaults_that_need_supertraits() -> io::Result<()> {
        assert_eq!(*Pool(7).begin_blocking()?.0, 7);
        assert_eq!(Pool(7).next_blocking()?.map(|pool| pool.0), Some(0));
        Ok(())
    }
}
