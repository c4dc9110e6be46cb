// SPDX-License-Identifier: Apache-2.0
//! A chaincode made of functions with names.

use crate::{Chaincode, Error, Response, Stub};
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What a function of a [`Router`] returns: a boxed future of its response.
pub type Outcome<'a> = BoxFuture<'a, Result<Response, Error>>;

type Function = Box<dyn for<'a> Fn(&'a Stub, Args<'a>) -> Outcome<'a> + Send + Sync>;

/// A chaincode that calls the function which the first argument names.
///
/// ```
/// use gmca_chaincode::{Args, Error, Response, Router, Stub};
///
/// async fn put(stub: &Stub, args: Args<'_>) -> Result<Response, Error> {
///     args.count(2)?;
///     stub.put_state(args.text(0, "key")?, args.text(1, "value")?.to_owned()).await?;
///     Ok(Response::success(""))
/// }
///
/// let chaincode = Router::new().on("put", |stub, args| Box::pin(put(stub, args)));
/// ```
#[derive(Default)]
pub struct Router {
    init: Option<Function>,
    functions: BTreeMap<String, Function>,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Router").field(&self.functions.keys()).finish()
    }
}

impl Router {
    /// Without a function yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function, or replaces the one of that name.
    #[must_use]
    pub fn on<F>(mut self, name: &str, function: F) -> Self
    where
        F: for<'a> Fn(&'a Stub, Args<'a>) -> Outcome<'a> + Send + Sync + 'static,
    {
        self.functions.insert(name.to_owned(), Box::new(function));
        self
    }

    /// What runs once before everything else, if the definition asks for it.
    #[must_use]
    pub fn on_init<F>(mut self, function: F) -> Self
    where
        F: for<'a> Fn(&'a Stub, Args<'a>) -> Outcome<'a> + Send + Sync + 'static,
    {
        self.init = Some(Box::new(function));
        self
    }
}

impl Chaincode for Router {
    async fn init(&self, stub: &Stub) -> Result<Response, Error> {
        match &self.init {
            Some(init) => init(stub, Args(stub.function_and_parameters()?.1)).await,
            // As Fabric's contracts: the first call names an ordinary function.
            None if !stub.args().is_empty() => self.invoke(stub).await,
            None => Ok(Response::success("")),
        }
    }

    async fn invoke(&self, stub: &Stub) -> Result<Response, Error> {
        let (name, args) = stub.function_and_parameters()?;
        let Some(function) = self.functions.get(name) else {
            let known: Vec<_> = self.functions.keys().map(String::as_str).collect();
            return Err(Error::Function { name: name.to_owned(), known: known.join(", ") });
        };
        function(stub, Args(args)).await
    }
}

/// The arguments of a function, its name left out; counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args<'a>(Vec<&'a str>);

impl<'a> Args<'a> {
    /// Demands a number of arguments.
    ///
    /// # Errors
    /// [`Error::Argument`] for the first that is missing or too many.
    pub fn count(&self, expected: usize) -> Result<(), Error> {
        let met = self.0.len();
        if met == expected {
            return Ok(());
        }
        let reason = format!("the function takes {expected} arguments and got {met}");
        Err(Error::Argument { index: met.min(expected), name: "count", reason })
    }

    /// An argument as text.
    ///
    /// # Errors
    /// [`Error::Argument`] if it is missing.
    pub fn text(&self, index: usize, name: &'static str) -> Result<&'a str, Error> {
        let missing = || Error::Argument { index, name, reason: "it is missing".into() };
        self.0.get(index).copied().ok_or_else(missing)
    }

    /// An argument as a number, or whatever else can be read from text.
    ///
    /// # Errors
    /// [`Error::Argument`] if it is missing or has another form.
    pub fn parse<T: FromStr>(&self, index: usize, name: &'static str) -> Result<T, Error> {
        let text = self.text(index, name)?;
        text.parse().map_err(|_| {
            let kind = std::any::type_name::<T>();
            Error::Argument { index, name, reason: format!("`{text}` is no {kind}") }
        })
    }

    /// An argument as JSON.
    ///
    /// # Errors
    /// [`Error::Argument`] if it is missing or has another form.
    pub fn json<T: DeserializeOwned>(&self, index: usize, name: &'static str) -> Result<T, Error> {
        let read = serde_json::from_str(self.text(index, name)?);
        read.map_err(|error| Error::Argument { index, name, reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_named() {
        let args = Args(vec!["7", "x", r#"{"a":1}"#]);
        assert_eq!(args.parse::<u32>(0, "size"), Ok(7));
        let refused = args.parse::<u32>(1, "size").expect_err("no number").to_string();
        assert_eq!(refused, "argument 1 (size): `x` is no u32");
        let json: BTreeMap<String, u8> = args.json(2, "map").expect("JSON");
        assert_eq!(json.get("a"), Some(&1));
        assert!(args.json::<u8>(2, "map").is_err());
        assert!(args.text(3, "owner").is_err());
        assert_eq!(args.count(3), Ok(()));
        assert!(args.count(2).is_err() && args.count(4).is_err());
    }
}
