// SPDX-License-Identifier: Apache-2.0
//! Mistakes that can be planted, to see that a check finds them.

/// Defines `Plant`, the mistakes that can be planted in a crate, each with its name on a command
/// line, and beside it `is`, which asks whether one is planted, and `set`, which plants one for what
/// this thread does from now on or takes it away. Without the crate's feature `plant`, which no
/// program sets, `set` is gone and `is` is always no.
#[macro_export]
macro_rules! plants {
    ($($(#[$doc:meta])+ $plant:ident = $name:literal,)+) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Plant {
            $($(#[$doc])+ $plant,)+
        }

        impl Plant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$plant,)+];

            /// Its name on a command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$plant => $name,)+
                }
            }
        }

        #[cfg(feature = "plant")]
        mod planted {
            use super::Plant;
            use std::cell::Cell;

            std::thread_local! {
                static PLANTED: Cell<Option<Plant>> = const { Cell::new(None) };
            }

            /// Plants a mistake for what this thread does from now on, or takes it away.
            pub fn set(plant: Option<Plant>) {
                PLANTED.set(plant);
            }

            pub(crate) fn is(plant: Plant) -> bool {
                PLANTED.get() == Some(plant)
            }
        }

        #[cfg(feature = "plant")]
        pub(crate) use planted::is;
        #[cfg(feature = "plant")]
        pub use planted::set;

        #[cfg(not(feature = "plant"))]
        pub(crate) const fn is(_: Plant) -> bool {
            false
        }
    };
}
