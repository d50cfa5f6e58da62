//! `Self` within other types, and associated types of `Self` that more than one bound may lead to.

#![allow(dead_code, clippy::unused_async)]

use std::fmt::Debug;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use sync_bridge::{BridgeError, sync_bridge};
use tokio::task::yield_now;

/// A trait in one form, whose impl has the attributes that belong to it.
macro_rules! forms {
    ($items:ident: $($module:ident, [$($trait_attr:tt)*], [$($impl_attr:tt)*];)*) => {$(
        mod $module {
            use super::*;

            $items! { [$($trait_attr)*], [$($impl_attr)*] }
        }
    )*};
}

macro_rules! every_form {
    ($items:ident, $module:ident) => {
        mod $module {
            use super::*;

            forms! { $items:
                native, [#[sync_bridge]], [#[sync_bridge]];
                boxed_below, [#[sync_bridge] #[async_trait::async_trait]], [#[sync_bridge] #[async_trait::async_trait]];
                boxed_above, [#[async_trait::async_trait] #[sync_bridge]], [#[async_trait::async_trait] #[sync_bridge]];
                blanket, [#[sync_bridge(blanket, local)]], [];
                blanket_boxed, [#[sync_bridge(blanket)] #[async_trait::async_trait]], [#[async_trait::async_trait]];
            }
        }
    };
}

/// Types, aliases and traits with an argument that has to be an implementor.
macro_rules! arguments {
    ([$($trait_attr:tt)*], [$($impl_attr:tt)*]) => {
        pub(crate) struct Sink<T: Store>(Vec<T::Row>);

        type RowOf<T> = <T as Store>::Row;

        pub(crate) trait Visitor<T: Store> {
            fn visit(&mut self, store: &T) -> T::Row;
        }

        /// A cursor belongs to one kind of store.
        pub(crate) trait CursorOf<T: Store> {}

        impl<T: Store> CursorOf<T> for u8 {}

        $($trait_attr)*
        pub(crate) trait Store: Sized + Send + Sync {
            type Row: Clone + Debug + Send + Sync;
            type Cursor: CursorOf<Self> + Into<usize> + Send;

            async fn pour(&self, sink: &Sink<Self>, row: Self::Row) -> io::Result<Vec<Self::Row>>;

            async fn row(&self) -> io::Result<RowOf<Self>>;

            async fn visit<V: Visitor<Self> + Send>(&self, visitor: V) -> io::Result<Self::Row>;

            async fn visit_any(&self, visitor: impl Visitor<Self> + Send) -> io::Result<Self::Row>;

            async fn visit_where<V>(&self, visitor: V) -> io::Result<Self::Row>
            where
                V: Visitor<Self> + Send;

            async fn cursor(&self) -> io::Result<Self::Cursor>;

            async fn nested(&self, sinks: Vec<(u8, Sink<Self>)>) -> io::Result<Option<Self::Row>> {
                yield_now().await;
                Ok(sinks.into_iter().flat_map(|(_, sink)| sink.0).next())
            }

            async fn rows(&self) -> io::Result<[RowOf<Self>; 2]> {
                Ok([self.row().await?, self.row().await?])
            }
        }

        struct Value(u8);

        $($impl_attr)*
        impl Store for Value {
            type Row = u8;
            type Cursor = u8;

            async fn pour(&self, sink: &Sink<Self>, row: Self::Row) -> io::Result<Vec<Self::Row>> {
                yield_now().await;
                Ok([&sink.0[..], &[row, self.0]].concat())
            }

            async fn row(&self) -> io::Result<RowOf<Self>> {
                yield_now().await;
                Ok(self.0)
            }

            async fn visit<V: Visitor<Self> + Send>(&self, mut visitor: V) -> io::Result<Self::Row> {
                yield_now().await;
                Ok(visitor.visit(self))
            }

            async fn visit_any(&self, mut visitor: impl Visitor<Self> + Send) -> io::Result<u8> {
                yield_now().await;
                Ok(visitor.visit(self))
            }

            async fn visit_where<V>(&self, mut visitor: V) -> io::Result<u8>
            where
                V: Visitor<Self> + Send,
            {
                yield_now().await;
                Ok(visitor.visit(self))
            }

            async fn cursor(&self) -> io::Result<u8> {
                yield_now().await;
                Ok(self.0 + 1)
            }
        }

        struct Adds(u8);

        impl Visitor<Value> for Adds {
            fn visit(&mut self, store: &Value) -> u8 {
                self.0 + store.0
            }
        }

        fn of_any<T: Store + BlockingStore<Row = <T as Store>::Row>>(store: &T) -> io::Result<usize> {
            let row = store.row_blocking()?;
            let cursor: usize = store.cursor_blocking()?.into();
            Ok(cursor + store.pour_blocking(&Sink(vec![row.clone()]), row)?.len())
        }

        #[test]
        fn each_method() -> io::Result<()> {
            let store = Value(7);
            assert_eq!(of_any(&store)?, 8 + 3);
            assert_eq!(store.pour_blocking(&Sink(vec![1]), 2)?, [1, 2, 7]);
            assert_eq!(store.visit_blocking(Adds(1))?, 8);
            assert_eq!(store.visit_any_blocking(Adds(2))?, 9);
            assert_eq!(store.visit_where_blocking(Adds(3))?, 10);
            assert_eq!(store.nested_blocking(vec![(1, Sink(vec![])), (2, Sink(vec![3]))])?, Some(3));
            assert_eq!(store.rows_blocking()?, [7, 7]);
            Ok(())
        }
    };
}

every_form!(arguments, arguments_with_bounds);

/// Clauses of a method about `Self`.
macro_rules! clauses {
    ([$($trait_attr:tt)*], [$($impl_attr:tt)*]) => {
        pub(crate) trait Hooks: Store {
            fn hook(&self, key: &Self::Key) -> usize;
        }

        pub(crate) trait LoadWith<'q, C: 'q> {
            type Loading<'c>: Debug + Send
            where
                Self: 'c;

            fn load<'c>(&'c self, connection: &'q C) -> Self::Loading<'c>;
        }

        $($trait_attr)*
        pub(crate) trait Store: Send + Sync {
            type Key: Clone + Debug + Send + Sync;

            async fn hooked(&self, key: Self::Key) -> io::Result<(Self::Key, usize)>
            where
                Self: Hooks;

            async fn hooked_by_default(&self, key: Self::Key) -> io::Result<(Self::Key, usize)>
            where
                Self: Hooks,
            {
                yield_now().await;
                let hooked = self.hook(&key);
                Ok((key, hooked))
            }

            async fn load<'c, 'q, C: Sync>(&'c self, connection: &'q C) -> io::Result<Self::Loading<'c>>
            where
                Self: LoadWith<'q, C>,
            {
                yield_now().await;
                Ok(LoadWith::load(self, connection))
            }
        }

        struct Value(String);

        impl Hooks for Value {
            fn hook(&self, key: &u8) -> usize {
                self.0.len() + usize::from(*key)
            }
        }

        impl<'q> LoadWith<'q, u8> for Value {
            type Loading<'c> = (&'c str, &'q u8);

            fn load<'c>(&'c self, connection: &'q u8) -> (&'c str, &'q u8) {
                (&self.0, connection)
            }
        }

        $($impl_attr)*
        impl Store for Value {
            type Key = u8;

            async fn hooked(&self, key: Self::Key) -> io::Result<(Self::Key, usize)> {
                yield_now().await;
                Ok((key, self.hook(&key)))
            }
        }

        #[test]
        fn each_method() -> io::Result<()> {
            let store = Value("abc".into());
            assert_eq!(store.hooked_blocking(1)?, (1, 4));
            assert_eq!(store.hooked_by_default_blocking(2)?, (2, 5));
            assert_eq!(store.load_blocking(&3)?, ("abc", &3));
            Ok(())
        }
    };
}

every_form!(clauses, clauses_of_methods);

/// What asks nothing of its argument leaves the twin free: a type without async methods has it.
mod arguments_without_bounds {
    use super::*;

    type Fallible<T> = io::Result<T>;
    type StoreResult<T> = Result<T, BridgeError>;

    #[sync_bridge]
    trait Store: Sync {
        async fn open(name: &str) -> Fallible<Self>
        where
            Self: Sized;

        async fn split(self: Box<Self>) -> StoreResult<(Vec<Self>, Option<Self>)>
        where
            Self: Sized;

        async fn same(self: Arc<Self>, other: &Self) -> io::Result<PhantomData<Self>>;

        async fn convert<T: From<Self> + Send>(self, by: fn(Self) -> T) -> io::Result<T>
        where
            Self: Sized + Send;
    }

    #[derive(Debug, PartialEq)]
    struct Mock(u8);

    impl From<Mock> for u8 {
        fn from(Mock(value): Mock) -> Self {
            value
        }
    }

    impl BlockingStore for Mock {
        fn open_blocking(name: &str) -> Fallible<Self> {
            name.parse().map(Self).map_err(io::Error::other)
        }

        fn split_blocking(self: Box<Self>) -> StoreResult<(Vec<Self>, Option<Self>)> {
            Ok((vec![*self], None))
        }

        fn same_blocking(self: Arc<Self>, _: &Self) -> io::Result<PhantomData<Self>> {
            Ok(PhantomData)
        }

        fn convert_blocking<T: From<Self> + Send>(self, by: fn(Self) -> T) -> io::Result<T> {
            Ok(by(self))
        }
    }

    fn of_any<T: BlockingStore + Send>() -> io::Result<Arc<T>> {
        let store = Arc::new(T::open_blocking("7")?);
        store.clone().same_blocking(&store)?;
        Ok(store)
    }

    #[test]
    fn twin_implemented_by_hand() -> io::Result<()> {
        assert_eq!(*of_any::<Mock>()?, Mock(7));
        assert_eq!(Box::new(Mock(8)).split_blocking().map_err(io::Error::other)?.0, [Mock(8)]);
        assert_eq!(Mock(9).convert_blocking(u8::from)?, 9);
        Ok(())
    }
}

/// What an associated type is said to be asks nothing of `Self`, whose size need not be known.
mod in_bindings {
    use super::*;

    pub(crate) trait Session: Send {
        type Store: Store<Session = Self> + ?Sized;
    }

    #[sync_bridge(error = wrap)]
    pub(crate) trait Store: Sync {
        type Session: Session<Store = Self>;

        async fn open(&self) -> Self::Session;

        async fn open_twice(&self, log: impl Iterator<Item = Self::Session> + Send) -> (Self::Session, usize) {
            (self.open().await, log.count())
        }
    }

    pub(crate) struct OfText;

    impl Session for OfText {
        type Store = str;
    }

    #[sync_bridge(error = wrap)]
    impl Store for str {
        type Session = OfText;

        async fn open(&self) -> OfText {
            yield_now().await;
            OfText
        }
    }

    #[test]
    fn of_a_type_without_a_size() -> Result<(), BridgeError> {
        let OfText = "text".open_blocking()?;
        assert_eq!("text".open_twice_blocking([OfText].into_iter())?.1, 1);
        Ok(())
    }
}
