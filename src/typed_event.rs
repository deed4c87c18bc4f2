//! An event with its form read.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};

use crate::ReceivedEvent;

/// The event as your function receives it, with its form read into a type: the payload of a function that only takes
/// forms of that type.
///
/// The deserializer fails if the form does not fit `T`, and the message has the field. A function of `lambda_runtime`
/// then fails before your code runs, and Lambda calls an asynchronous function twice more. If you want to answer or to
/// store such a form, take a [`ReceivedEvent`] and call [`ReceivedEvent::deserialize_form`].
///
/// # Examples
///
/// ```
/// use formevent::TypedEvent;
///
/// #[derive(serde::Deserialize)]
/// struct Contact {
///     name: String,
///     age: u8,
/// }
///
/// // The argument of your function: with `lambda_runtime`, `LambdaEvent<TypedEvent<Contact>>`.
/// fn handle(event: TypedEvent<Contact>) -> String {
///     format!("{}, {}, from {}", event.form.name, event.form.age, event.event.source_ip)
/// }
///
/// let json = r#"{"querystring":{"name":"Ada","age":"36"},"sourceIp":"192.0.2.1"}"#;
/// assert_eq!(handle(serde_json::from_str(json)?), "Ada, 36, from 192.0.2.1");
///
/// let json = r#"{"querystring":{"name":"Ada","age":"x"}}"#;
/// let error = serde_json::from_str::<TypedEvent<Contact>>(json).err().unwrap();
/// assert!(error.to_string().starts_with(
///     "field `age` at index 1 (from 0) is `x`; it must be an integer from 0 to 255"
/// ));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypedEvent<T> {
    /// The form's fields.
    pub form: T,
    /// The event, with the form's fields as they came.
    pub event: ReceivedEvent,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for TypedEvent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = ReceivedEvent::deserialize(deserializer)?;
        let form = event.deserialize_form().map_err(D::Error::custom)?;
        Ok(TypedEvent { form, event })
    }
}
