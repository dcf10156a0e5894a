"""The twelve steps with httpx and pydantic models that datamodel-code-generator generated."""

from typing import TypeVar

import httpx
import kapture_models as kapture
from pydantic import BaseModel
from table import BASE_URL, TODAY, TOKEN, row

UPSERT = "/ms/customer/customer/api/v1/add-update"
ENQUIRY = "/add-update-enquiry-from-other-source.html"
GET_CUSTOMER = "/search-customer-by-customer-id.html"
PULL_CUSTOMERS = "/select-customer-between-start-and-end-dates.html"
ADD_TICKET = "/add-ticket-from-other-source.html/v.2.0"
UPDATE_TICKET = "/update-ticket-from-other-source.html/v.2.0"
GET_TICKETS = "/search-ticket-by-ticket-id.html/v.2.0"
PULL_TICKETS = "/select-ticket-between-start-and-end-dates.html/v.2.0"
ORDER = "/ms/customer/order/api/v1/add-update"
FAQ = "/get-faq-contents.html"

Model = TypeVar("Model", bound=BaseModel)


def post(path: str, body: BaseModel, token: str = TOKEN) -> httpx.Response:
    """Send the fields that were set, under their names on the wire."""
    return httpx.post(
        BASE_URL + path,
        content=body.model_dump_json(by_alias=True, exclude_unset=True),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )


def message(body: object) -> str:
    if isinstance(body, kapture.Failure):
        return body.message
    if isinstance(body, kapture.LegacyFailure):
        return body.Message
    return type(body).__name__


def expect(kind: type[Model], step: str, body: object) -> Model:
    """End the program if a response is not the one that the next step needs."""
    if not isinstance(body, kind):
        raise SystemExit(f"{step}: {message(body)}")
    return body


response = post(
    UPSERT,
    kapture.CustomerUpsert.model_validate(
        {"customer_info": {"customer_name": "Asha", "phone": "9000000101", "email_id": "asha@example.com"}}
    ),
)
added = kapture.AddUpdateCustomerResponse.model_validate_json(response.content).root
customer_id = expect(kapture.CustomerUpserted, "add customer", added).customer.customer_id
row("add customer", response.status_code, customer_id > 0)

response = post(
    ENQUIRY,
    kapture.CustomerEnquiry(customer_name="Asha", phone="9000000101", email_id="asha@example.com"),
)
row("duplicate", response.status_code, message(kapture.AnyFailure.model_validate_json(response.content).root))

lookups = kapture.CustomerLookups.model_validate([{"kapture_customer_id": customer_id}])
response = post(GET_CUSTOMER, lookups)
found = kapture.GetCustomerResponse.model_validate_json(response.content).root
row("get customer", response.status_code, expect(kapture.CustomerFound, "get customer", found).Customer_Details.name)

response = post(
    UPSERT,
    kapture.CustomerUpsert.model_validate(
        {
            "customer_info": {"customer_id": str(customer_id), "customer_name": "Asha K", "phone": "9000000101"},
            "contact_info": [{"first_name": "Ravi", "contact_person_phone": "9000000102"}],
        }
    ),
)
updated = kapture.AddUpdateCustomerResponse.model_validate_json(response.content).root
row("update customer", response.status_code, expect(kapture.CustomerUpserted, "update customer", updated).message)

response = post(
    PULL_CUSTOMERS,
    kapture.CustomerQuery.model_validate({"cm_id": 1000298, "createStartDate": TODAY, "createEndDate": TODAY}),
)
customers = kapture.PullCustomersResponse.model_validate_json(response.content).root
names = [customer.name for customer in expect(kapture.CustomerList, "pull customers", customers).message]
row("pull customers", response.status_code, ",".join(names))

response = post(
    ADD_TICKET,
    kapture.TicketAdds.model_validate(
        [{"title": "Broken", "email_id": "asha@example.com", "ticket_details": "It does not start."}]
    ),
)
opened = kapture.AddTicketResponse.model_validate_json(response.content).root
ticket_id = expect(kapture.TicketAdded, "add ticket", opened).ticket_id
row("add ticket", response.status_code, bool(ticket_id))

response = post(
    UPDATE_TICKET,
    kapture.TicketUpdates.model_validate([{"ticket_id": ticket_id, "sub_status": "CL", "comment": "Repaired."}]),
)
body = kapture.UpdateTicketResponse.model_validate_json(response.content).root
closed = expect(kapture.TicketUpdated, "update ticket", body)
row("update ticket", response.status_code, closed.status.value if closed.status else "no status")

response = post(GET_TICKETS, kapture.TicketLookup.model_validate({"ticket_ids": ticket_id}))
tickets = kapture.GetTicketsResponse.model_validate_json(response.content).root
statuses = [str(ticket.task_details.status) for ticket in expect(kapture.TicketsFound, "get ticket", tickets).root]
row("get ticket", response.status_code, ",".join(statuses))

response = post(PULL_TICKETS, kapture.TicketPulls.model_validate([{"start_date": TODAY, "end_date": TODAY}]))
day = kapture.PullTicketsResponse.model_validate_json(response.content).root
row("pull tickets", response.status_code, len(expect(kapture.TicketList, "pull tickets", day).message))

response = post(
    ORDER,
    kapture.OrderUpsert.model_validate(
        {
            "customer_info": {"customer_name": "Asha K", "email_id": "asha@example.com"},
            "enquiry_info": {"remarks": "two"},
        }
    ),
)
order = kapture.AddUpdateOrderResponse.model_validate_json(response.content).root
row("add order", response.status_code, expect(kapture.OrderUpserted, "add order", order).status.value)

response = post(
    FAQ, kapture.FAQQueries.model_validate([{"category_id": "5247", "start_index": "0", "end_index": "20"}])
)
expect(kapture.FAQContents, "faq contents", kapture.GetFAQContentsResponse.model_validate_json(response.content).root)
row("faq contents", response.status_code, "contents")

response = post(GET_CUSTOMER, lookups, token="nobody")
row("wrong key", response.status_code, message(kapture.GetCustomerResponse.model_validate_json(response.content).root))
