//! A client of CloudTrail.

use serde_json::{Value, json};

use super::{Client, Refusal, Request, Signer};

/// Calls operations of CloudTrail, and sees to it that each call leaves its one record.
pub(crate) struct CloudTrail {
    pub(crate) client: Client,
}

impl Client {
    /// CloudTrail, for the same caller in the same Region.
    pub(crate) fn cloudtrail(&self) -> CloudTrail {
        CloudTrail { client: self.in_region(&self.region) }
    }
}

impl CloudTrail {
    /// A call, not yet signed.
    pub(crate) fn request(&self, operation: &str, body: impl Into<Vec<u8>>) -> Request {
        self.client.request(operation, body).set("X-Amz-Target", &format!("{TARGET}{operation}"))
    }

    /// Signs now.
    pub(crate) fn signer(&self) -> Signer {
        Signer { service: "cloudtrail".to_owned(), ..self.client.signer() }
    }

    /// A call as it should be.
    pub(crate) fn signed(&self, operation: &str, body: impl Into<Vec<u8>>) -> Request {
        self.signer().sign(self.request(operation, body))
    }

    /// Calls an operation.
    #[track_caller]
    pub(crate) fn call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.call_recorded(operation, input).0
    }

    /// Calls an operation, and returns its record along with the outcome.
    #[track_caller]
    pub(crate) fn call_recorded(
        &self,
        operation: &str,
        input: Value,
    ) -> (Result<Value, Refusal>, Value) {
        let answer = self.client.send(&self.signed(operation, input.to_string()));
        let outcome = answer.outcome();
        let record = self.client.trail.record(&answer);
        assert_eq!(record.get("eventName"), Some(&json!(operation)), "{record}");
        assert_eq!(record.get("eventSource"), Some(&json!("cloudtrail.amazonaws.com")), "{record}");
        let error = record.get("errorCode").and_then(Value::as_str);
        // CloudTrail names denials differently from the wire.
        let told = outcome.as_ref().err().map(|refusal| match refusal.code.as_str() {
            "AccessDeniedException" => "AccessDenied",
            code => code,
        });
        assert_eq!(error, told, "{record}");
        (outcome, record)
    }

    /// Calls an operation that must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, operation: &str, input: Value) -> Value {
        match self.call(operation, input.clone()) {
            Ok(output) => output,
            Err(refusal) => panic!("{operation} {input} was refused: {refusal:?}"),
        }
    }

    /// Calls an operation that must be refused with status 400, in these words.
    #[track_caller]
    pub(crate) fn refuses(&self, operation: &str, input: Value, code: &str, message: &str) {
        match self.call(operation, input.clone()) {
            Ok(output) => panic!("{operation} {input} was answered: {output}"),
            Err(refusal) => assert_eq!(
                (refusal.status, refusal.code.as_str(), refusal.message.as_str()),
                (400, code, message),
                "{operation} {input}"
            ),
        }
    }
}

/// How `X-Amz-Target` begins.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";
