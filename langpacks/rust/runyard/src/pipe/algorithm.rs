use super::answers::Answers;
use super::encode::encode;
use super::failure::Failure;
use super::request::Request;
use crate::Context;
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::sync::Arc;

/// A function of the adapter.
pub struct Algorithm {
    pub name: &'static str,
    pub is_batch: bool,
    /// The function and where it is written, for people.
    pub place: &'static str,
    pub run: fn(&mut Call) -> Outcome,
}

/// The members of the answer beside its id, or why there are none.
pub type Outcome = Result<String, Failure>;

/// One call of a function, as generated code sees it.
pub struct Call {
    id: String,
    place: &'static str,
    args: HashMap<String, Box<RawValue>>,
    batch: Option<Vec<Box<RawValue>>>,
    context: Context,
    answers: Arc<Answers>,
}

impl Call {
    pub(super) fn new(
        request: Request,
        algorithm: &Algorithm,
        context: Context,
        answers: Arc<Answers>,
    ) -> Self {
        Call {
            id: request.id,
            place: algorithm.place,
            args: request.args.unwrap_or_default(),
            batch: request.batch,
            context,
            answers,
        }
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The argument of a name; `default` is JSON.
    pub fn argument<T: DeserializeOwned>(
        &mut self,
        name: &str,
        default: Option<&str>,
    ) -> Result<T, Failure> {
        let given = self.args.remove(name);
        let text = given.as_deref().map(RawValue::get).or(default);
        let text = text.ok_or_else(|| Failure::invalid(name, "missing"))?;
        serde_json::from_str(text).map_err(|error| Failure::invalid(name, error))
    }

    /// To be called when all arguments were taken.
    pub fn no_more(&self) -> Result<(), Failure> {
        match self.args.keys().next() {
            Some(name) => Err(Failure::invalid(name, "unknown argument")),
            None => Ok(()),
        }
    }

    pub fn result<T: Serialize>(&self, value: T) -> Outcome {
        let text = encode(&value).map_err(|problem| Failure::unsendable(&problem))?;
        Ok(format!("\"result\":{text}"))
    }

    /// The value, or the error as the pipe tells it.
    pub fn checked<T, E: Display + Debug + 'static>(
        &self,
        result: Result<T, E>,
    ) -> Result<T, Failure> {
        result.map_err(|error| Failure::of(error).returned_by(self.place))
    }

    pub fn stream<T: Serialize>(&self, chunks: impl IntoIterator<Item = T>) -> Outcome {
        for chunk in chunks {
            self.chunk(&chunk)?;
        }
        Ok("\"result\":null".to_owned())
    }

    pub fn fallible_stream<T: Serialize, E: Display + Debug + 'static>(
        &self,
        chunks: impl IntoIterator<Item = Result<T, E>>,
    ) -> Outcome {
        for chunk in chunks {
            self.chunk(&self.checked(chunk)?)?;
        }
        Ok("\"result\":null".to_owned())
    }

    fn chunk<T: Serialize>(&self, chunk: &T) -> Result<(), Failure> {
        if self.context.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let text = encode(chunk).map_err(|problem| Failure::unsendable(&problem))?;
        self.answers
            .write_text(&format!("{{\"id\":{},\"chunk\":{text}}}\n", json!(self.id)));
        Ok(())
    }

    /// Runs a batch function on the items that fit.
    pub fn batch<I: DeserializeOwned, R>(
        &mut self,
        function: impl FnOnce(&Context, Vec<I>) -> Result<Vec<R>, Failure>,
        outcome: impl Fn(&Call, R) -> Outcome,
    ) -> Outcome {
        let single = self.batch.is_none();
        let inputs = self.batch.take().map_or_else(|| self.own_item(), Ok)?;
        let mut items = Vec::with_capacity(inputs.len());
        let mut refused = Vec::with_capacity(inputs.len());
        for input in &inputs {
            match serde_json::from_str(input.get()) {
                Ok(item) => {
                    items.push(item);
                    refused.push(None);
                }
                Err(error) => refused.push(Some(Failure::invalid("", error))),
            }
        }
        let wanted = items.len();
        let results = if wanted == 0 {
            Vec::new()
        } else {
            function(&self.context, items)?
        };
        if results.len() != wanted {
            let message = format!(
                "{} gave {} results for {wanted} items",
                self.place,
                results.len()
            );
            return Err(Failure::new("InvalidOutput", message));
        }
        let mut results = results.into_iter();
        let outcomes = refused.into_iter().map(|wrong| match wrong {
            Some(failure) => member("error", &failure),
            None => results.next().map_or_else(String::new, |one| {
                outcome(self, one).unwrap_or_else(|failure| member("error", &failure))
            }),
        });
        if single {
            return Ok(outcomes.collect());
        }
        let joined: Vec<String> = outcomes.map(|one| format!("{{{one}}}")).collect();
        Ok(format!("\"results\":[{}]", joined.join(",")))
    }

    fn own_item(&mut self) -> Result<Vec<Box<RawValue>>, Failure> {
        let text = serde_json::value::to_raw_value(&std::mem::take(&mut self.args));
        Ok(vec![text.map_err(|error| Failure::invalid("", error))?])
    }
}

/// A member of an answer that holds a failure.
pub fn member(key: &str, failure: &Failure) -> String {
    format!("\"{key}\":{}", json!(failure))
}
