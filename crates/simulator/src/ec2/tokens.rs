//! Client tokens: whoever asks again with the same one gets the first answer again, and nothing new is made (EC2's
//! documentation of idempotent requests). AWS keeps a token for a day at least; here it is kept for good.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

/// What was answered, by action and token.
pub(crate) type Tokens = BTreeMap<String, Kept>;

/// An input and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    input: Value,
    answer: Vec<Element>,
}

impl Kept {
    /// The answer, for the same input only.
    fn again(&self, input: &Input) -> Answered {
        if self.input == input.value {
            return Ok(Output::Xml(self.answer.clone()));
        }
        let text = "The client token that was given has been used with other parameters before.";
        Err(ServiceError::new("IdempotentParameterMismatch", text))
    }
}

/// Performs an action once for each client token. What is refused leaves its token unused.
///
/// # Errors
/// The action's refusal; `IdempotentParameterMismatch` where the token came with another input before.
pub(crate) fn once(
    call: &mut Call<'_>,
    action: &str,
    input: &Input,
    perform: fn(&mut Call<'_>, &Input) -> Answered,
) -> Answered {
    let Some(token) = input.value.get("ClientToken").and_then(Value::as_str) else {
        return perform(call, input);
    };
    let key = format!("{action}/{token}");
    if let Some(kept) = call.region().ec2.tokens.get(&key) {
        return kept.again(input);
    }
    let output = perform(call, input)?;
    if let Output::Xml(answer) = &output {
        let kept = Kept {
            input: input.value.clone(),
            answer: answer.clone(),
        };
        call.region().ec2.tokens.insert(key, kept);
    }
    Ok(output)
}
