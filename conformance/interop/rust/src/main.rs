//! The twelve steps with a client that progenitor generated.

use std::{env, error::Error};

use kapture::{Client, types};
use progenitor_client::{Error as CallError, ResponseValue};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// The generated client, of which the program uses only a part.
#[allow(dead_code, clippy::all)]
mod kapture {
    include!(concat!(env!("OUT_DIR"), "/kapture.rs"));
}

type CallResult<T> = Result<ResponseValue<T>, CallError<types::AnyFailure>>;

fn client(token: &str) -> Result<Client, Box<dyn Error>> {
    let base_url = env::var("KAPTURE_BASE_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".into());
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Basic {token}").parse()?);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    Ok(Client::new_with_client(&base_url, http))
}

/// Makes a request body of the contract's type from JSON.
fn body<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}

/// A response: its status, and its body as the generated types understood it.
struct Response {
    status: u16,
    body: Value,
}

impl Response {
    fn row(&self, step: &str, text: impl std::fmt::Display) {
        println!("{step}\t{}\t{text}", self.status);
    }

    /// Returns the text at a JSON pointer; without one, the program ends.
    fn text(&self, pointer: &str) -> Result<&str, String> {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.ok_or_else(|| format!("no text at {pointer}"))
    }

    /// Returns the list at a JSON pointer; without one, the program ends.
    fn list(&self, pointer: &str) -> Result<&[Value], String> {
        let list = self.body.pointer(pointer).and_then(Value::as_array);
        list.map(Vec::as_slice).ok_or_else(|| format!("no list at {pointer}"))
    }
}

/// Turns the result of a call into a response; a documented failure is one too.
fn received<T: Serialize>(result: CallResult<T>) -> Result<Response, Box<dyn Error>> {
    let (status, body) = match result {
        Ok(response) => (response.status(), serde_json::to_value(response.into_inner())?),
        Err(CallError::ErrorResponse(failure)) => (failure.status(), serde_json::to_value(failure.into_inner())?),
        Err(other) => return Err(other.to_string().into()),
    };
    Ok(Response { status: status.as_u16(), body })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let kapture = client(&env::var("KAPTURE_TOKEN").unwrap_or_else(|_| "secret".into()))?;
    // Kapture's days are calendar days of India.
    let india = chrono::FixedOffset::east_opt(5 * 3600 + 1800).ok_or("no time zone")?;
    let today = chrono::Utc::now().with_timezone(&india).date_naive().to_string();

    let asha = json!({"customer_name": "Asha", "phone": "9000000101", "email_id": "asha@example.com"});
    let upsert = body(json!({"customer_info": asha}))?;
    let added = received(kapture.add_update_customer(&upsert).await)?;
    let id = added.body["customer"]["customer_id"].as_i64().ok_or("no customer_id")?;
    added.row("add customer", id > 0);

    let duplicate = received(kapture.push_enquiry(&body(asha)?).await)?;
    duplicate.row("duplicate", duplicate.text("/message")?);

    let lookup = body(json!([{"kapture_customer_id": id}]))?;
    let found = received(kapture.get_customer(&lookup).await)?;
    found.row("get customer", found.text("/Customer Details/name")?);

    let change = body(json!({
        "customer_info": {"customer_id": id.to_string(), "customer_name": "Asha K", "phone": "9000000101"},
        "contact_info": [{"first_name": "Ravi", "contact_person_phone": "9000000102"}],
    }))?;
    let updated = received(kapture.add_update_customer(&change).await)?;
    updated.row("update customer", updated.text("/message")?);

    let query = body(json!({"cm_id": 1000298, "createStartDate": today, "createEndDate": today}))?;
    let customers = received(kapture.pull_customers(&query).await)?;
    let names: Vec<_> = customers.list("/message")?.iter().filter_map(|one| one["name"].as_str()).collect();
    customers.row("pull customers", names.join(","));

    let ticket = body(json!([{
        "title": "Broken", "email_id": "asha@example.com", "ticket_details": "It does not start.",
    }]))?;
    let opened = received(kapture.add_ticket(None, None, &ticket).await)?;
    let ticket_id = opened.text("/ticket_id")?;
    opened.row("add ticket", !ticket_id.is_empty());

    let closing = body(json!([{"ticket_id": ticket_id, "sub_status": "CL", "comment": "Repaired."}]))?;
    let closed = received(kapture.update_ticket(None, None, &closing).await)?;
    closed.row("update ticket", closed.text("/status")?);

    let tickets = body(json!({"ticket_ids": ticket_id}))?;
    let got = received(kapture.get_tickets(None, None, &tickets).await)?;
    got.row("get ticket", got.text("/0/task_details/status")?);

    let range = body(json!([{"start_date": today, "end_date": today}]))?;
    let day = received(kapture.pull_tickets(None, None, &range).await)?;
    day.row("pull tickets", day.list("/message")?.len());

    let new_order = body(json!({
        "customer_info": {"customer_name": "Asha K", "email_id": "asha@example.com"},
        "enquiry_info": {"remarks": "two"},
    }))?;
    let order = received(kapture.add_update_order(&new_order).await)?;
    order.row("add order", order.text("/status")?);

    let questions = body(json!([{"category_id": "5247", "start_index": "0", "end_index": "20"}]))?;
    let faq = received(kapture.get_faq_contents(&questions).await)?;
    let contents = faq.body.pointer("/message").is_some_and(Value::is_object);
    faq.row("faq contents", if contents { "contents" } else { faq.text("/message")? });

    let rejected = received(client("nobody")?.get_customer(&lookup).await)?;
    rejected.row("wrong key", rejected.text("/message")?);
    Ok(())
}
