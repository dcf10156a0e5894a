"""The twelve steps with a client that openapi-python-client generated."""

from typing import TypeVar

from generated import AuthenticatedClient
from generated.api.customers import add_update_customer, get_customer, pull_customers
from generated.api.enquiries import push_enquiry
from generated.api.faq import get_faq_contents
from generated.api.orders import add_update_order
from generated.api.tickets import add_ticket, get_tickets, pull_tickets, update_ticket
from generated.models import (
    ContactInfo,
    CustomerEnquiry,
    CustomerFound,
    CustomerInfo,
    CustomerList,
    CustomerLookup,
    CustomerOfOrder,
    CustomerQuery,
    CustomerUpsert,
    CustomerUpserted,
    EnquiryInfo,
    Failure,
    FAQContents,
    FAQQuery,
    LegacyFailure,
    OrderUpsert,
    OrderUpserted,
    TicketAdd,
    TicketAdded,
    TicketList,
    TicketLookup,
    TicketPull,
    TicketUpdate,
    TicketUpdated,
)
from table import BASE_URL, TODAY, TOKEN, row

kapture = AuthenticatedClient(base_url=BASE_URL, token=TOKEN, prefix="Basic")
stranger = AuthenticatedClient(base_url=BASE_URL, token="nobody", prefix="Basic")

Expected = TypeVar("Expected")


def message(body: object) -> str:
    if isinstance(body, (Failure, LegacyFailure)):
        return body.message
    return type(body).__name__


def expect(kind: type[Expected], step: str, body: object) -> Expected:
    """End the program if a response is not the one that the next step needs."""
    if not isinstance(body, kind):
        raise SystemExit(f"{step}: {message(body)}")
    return body


added = add_update_customer.sync_detailed(
    client=kapture,
    body=CustomerUpsert(CustomerInfo(customer_name="Asha", phone="9000000101", email_id="asha@example.com")),
)
customer_id = expect(CustomerUpserted, "add customer", added.parsed).customer.customer_id
row("add customer", added.status_code, customer_id > 0)

enquiry = CustomerEnquiry(customer_name="Asha", phone="9000000101", email_id="asha@example.com")
duplicate = push_enquiry.sync_detailed(client=kapture, body=enquiry)
row("duplicate", duplicate.status_code, message(duplicate.parsed))

lookups = [CustomerLookup(kapture_customer_id=customer_id)]
found = get_customer.sync_detailed(client=kapture, body=lookups)
row("get customer", found.status_code, expect(CustomerFound, "get customer", found.parsed).customer_details.name)

updated = add_update_customer.sync_detailed(
    client=kapture,
    body=CustomerUpsert(
        CustomerInfo(customer_id=str(customer_id), customer_name="Asha K", phone="9000000101"),
        contact_info=[ContactInfo(first_name="Ravi", contact_person_phone="9000000102")],
    ),
)
row("update customer", updated.status_code, expect(CustomerUpserted, "update customer", updated.parsed).message)

query = CustomerQuery(cm_id=1000298, create_start_date=TODAY, create_end_date=TODAY)
customers = pull_customers.sync_detailed(client=kapture, body=query)
names = [customer.name for customer in expect(CustomerList, "pull customers", customers.parsed).message]
row("pull customers", customers.status_code, ",".join(names))

opened = add_ticket.sync_detailed(
    client=kapture,
    body=[TicketAdd(title="Broken", email_id="asha@example.com", ticket_details="It does not start.")],
)
ticket_id = expect(str, "add ticket", expect(TicketAdded, "add ticket", opened.parsed).ticket_id)
row("add ticket", opened.status_code, ticket_id != "")

closed = update_ticket.sync_detailed(
    client=kapture, body=[TicketUpdate(ticket_id=ticket_id, sub_status="CL", comment="Repaired.")]
)
row("update ticket", closed.status_code, expect(TicketUpdated, "update ticket", closed.parsed).status)

tickets = get_tickets.sync_detailed(client=kapture, body=TicketLookup(ticket_ids=ticket_id))
if not isinstance(tickets.parsed, list):
    raise SystemExit(f"get ticket: {message(tickets.parsed)}")
statuses = [str(ticket.task_details.status) for ticket in tickets.parsed]
row("get ticket", tickets.status_code, ",".join(statuses))

day = pull_tickets.sync_detailed(client=kapture, body=[TicketPull(start_date=TODAY, end_date=TODAY)])
row("pull tickets", day.status_code, len(expect(TicketList, "pull tickets", day.parsed).message))

order = add_update_order.sync_detailed(
    client=kapture,
    body=OrderUpsert(
        CustomerOfOrder.from_dict({"customer_name": "Asha K", "email_id": "asha@example.com"}),
        enquiry_info=EnquiryInfo(remarks="two"),
    ),
)
row("add order", order.status_code, expect(OrderUpserted, "add order", order.parsed).status)

faq = get_faq_contents.sync_detailed(
    client=kapture, body=[FAQQuery(category_id="5247", start_index="0", end_index="20")]
)
expect(FAQContents, "faq contents", faq.parsed)
row("faq contents", faq.status_code, "contents")

rejected = get_customer.sync_detailed(client=stranger, body=lookups)
row("wrong key", rejected.status_code, message(rejected.parsed))
