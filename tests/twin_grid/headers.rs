//! Headers of traits, associated types and constants, in each form that has them. What a header implies holds in the twin
//! too, and a name in a body means what it means without a twin.

use std::fmt::Debug;
use std::io;
use sync_bridge::sync_bridge;
use tokio::task::yield_now;

type Answer<T> = io::Result<T>;

/// Says of `Self` that it is `Sized`, where nobody sees it.
pub(crate) trait Marker: Sized {}

/// The items in one form, under one header.
macro_rules! items {
    ($form:ident, $modules:ident, $module:ident, [$($header:tt)*]) => {
        $form! {
            $modules, $module, [] [$($header)*],
            {
                const LIMIT: usize;
                const NAMES: &[(&str, Self::Row)];
                type Row: Copy + Debug + Send + Sync + 'static;
                type Rows: IntoIterator<Item = Self::Row> + Send;

                async fn into_itself(self) -> Answer<Self>;

                async fn row_of(&self, other: Option<Self>, row: Self::Row) -> Answer<(Self::Row, usize)>;

                async fn rows(&self) -> Answer<Self::Rows>;

                async fn wrapped(&self, wrapped: &Wrapped<Self>, row: Self::Row) -> Answer<(usize, Self::Row)>;

                async fn by_value(self) -> Answer<usize> {
                    yield_now().await;
                    Ok(Self::LIMIT + 1)
                }

                async fn first(&self) -> Answer<Self::Row> {
                    yield_now().await;
                    Ok(Self::NAMES[0].1)
                }

                async fn wrapped_row(&self, wrapped: Wrapped<Self>, row: Self::Row) -> Answer<[RowOf<Self>; 2]> {
                    yield_now().await;
                    Ok([wrapped.0, row])
                }
            }
            {
                const LIMIT: usize;
                const NAMES: &[(&str, Self::Row)];
                type Row: Copy + Debug + Send + Sync + 'static;
                type Rows: IntoIterator<Item = Self::Row> + Send;
                async fn into_itself(self) -> Answer<Self>;
                async fn row_of(&self, other: Option<Self>, row: Self::Row) -> Answer<(Self::Row, usize)>;
                async fn rows(&self) -> Answer<Self::Rows>;
                async fn wrapped(&self, wrapped: &Wrapped<Self>, row: Self::Row) -> Answer<(usize, Self::Row)>;
                async fn by_value(self) -> Answer<usize>;
                async fn first(&self) -> Answer<Self::Row>;
                async fn wrapped_row(&self, wrapped: Wrapped<Self>, row: Self::Row) -> Answer<[RowOf<Self>; 2]>;
            }
            {
                const LIMIT: usize = 3;
                const NAMES: &[(&str, u8)] = &[("one", 1)];
                type Row = u8;
                type Rows = [u8; Self::LIMIT];

                async fn into_itself(self) -> Answer<Self> {
                    yield_now().await;
                    Ok(self)
                }

                async fn row_of(&self, other: Option<Self>, row: Self::Row) -> Answer<(Self::Row, usize)> {
                    yield_now().await;
                    Ok((row + other.map_or(0, |other| other.0), Self::LIMIT + Value::LIMIT))
                }

                async fn rows(&self) -> Answer<Self::Rows> {
                    yield_now().await;
                    Ok([self.0; Self::LIMIT])
                }

                async fn wrapped(&self, wrapped: &Wrapped<Self>, row: Self::Row) -> Answer<(usize, Self::Row)> {
                    yield_now().await;
                    Ok((Self::NAMES.len(), wrapped.0 + row))
                }
            }
        }
    };
}

/// A module with `struct Value`, the items in one form, and a test that calls each twin: of the type, and of a type
/// parameter.
macro_rules! module_of_headers {
    ($module:ident, { $($items:tt)* }) => {
        mod $module {
            use super::*;

            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
            pub(crate) struct Value(u8);

            impl Marker for Value {}

            impl IntoIterator for Value {
                type Item = u8;
                type IntoIter = std::iter::Once<u8>;

                fn into_iter(self) -> Self::IntoIter {
                    std::iter::once(self.0)
                }
            }

            pub(crate) struct Wrapped<T: Api>(T::Row);

            pub(crate) type RowOf<T> = <T as Api>::Row;

            $($items)*

            fn of_any<T: BlockingApi + Copy>(value: T, row: T::Row) -> io::Result<usize> {
                assert_eq!(T::NAMES[0].0, "one");
                value.row_of_blocking(Some(value), value.first_blocking()?)?;
                value.row_of_blocking(None, row)?;
                Ok(value.rows_blocking()?.into_iter().count() + value.into_itself_blocking()?.by_value_blocking()? + T::LIMIT)
            }

            fn of_any_source<T>(value: &T, row: <T as Api>::Row) -> io::Result<(usize, <T as Api>::Row)>
            where
                T: Api + BlockingApi<Row = <T as Api>::Row>,
            {
                value.wrapped_blocking(&Wrapped(row), row)
            }

            #[test]
            fn every_item() -> io::Result<()> {
                let value = Value(7);
                assert_eq!(of_any(value, 1)?, 10);
                assert_eq!(of_any_source(&value, 2)?, (1, 4));
                assert_eq!(value.row_of_blocking(Some(value), 2)?, (9, 6));
                assert_eq!((value.rows_blocking()?, value.first_blocking()?), ([7, 7, 7], 1));
                assert_eq!(value.wrapped_blocking(&Wrapped(3), 4)?, (1, 7));
                assert_eq!(value.wrapped_row_blocking(Wrapped(5), 6)?, [5, 6]);
                assert_eq!((value.by_value_blocking()?, value.into_itself_blocking()?), (4, Value(7)));
                Ok(())
            }
        }
    };
}

/// Each form, under one header.
macro_rules! forms {
    ($($module:ident: [$($header:tt)*];)*) => {$(
        mod $module {
            use super::*;

            items!(native, module_of_headers, as_native_trait, [$($header)*]);
            items!(boxed_below, module_of_headers, as_async_trait_below, [$($header)*]);
            items!(boxed_above, module_of_headers, as_async_trait_above, [$($header)*]);
            items!(not_send, module_of_headers, as_async_trait_not_send, [$($header)*]);
            items!(blanket_not_send, module_of_headers, as_blanket_of_async_trait_not_send, [$($header)*]);
            items!(blanket_native, module_of_headers, as_blanket_of_native, [$($header)*]);
            items!(blanket_below, module_of_headers, as_blanket_of_async_trait_below, [$($header)*]);
            items!(blanket_above, module_of_headers, as_blanket_of_async_trait_above, [$($header)*]);
            items!(remote_native, module_of_headers, as_mirror_of_native, [$($header)*]);
            items!(remote_boxed, module_of_headers, as_mirror_of_async_trait, [$($header)*]);
        }
    )*};
}

forms! {
    sized: [Sized + Send + Sync];
    default: [Default + Send + Sync];
    copy: [Copy + Send + Sync + 'static];
    ordered: [Clone + Eq + Ord + Debug + Send + Sync];
    marked: [Marker + Send + Sync];
    of_own_types: [IntoIterator<Item = Self::Row> + Sized + Send + Sync];
}
