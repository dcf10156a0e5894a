// The twelve steps with a client that hey-api generated.
import { client } from "./generated/hey-api/client.gen.js";
import {
  addTicket, addUpdateCustomer, addUpdateOrder, getCustomer, getFaqContents, getTickets, pullCustomers, pullTickets,
  pushEnquiry, updateTicket,
} from "./generated/hey-api/sdk.gen.js";
import { baseUrl, message, row, today, token, unexpected } from "./table.js";

// The order calls accept a key or a user with a password, and the client asks for both: only the key is sent.
let key = token;
client.setConfig({ baseUrl, auth: (scheme) => (scheme.type === "apiKey" ? `Basic ${key}` : undefined) });

const added = await addUpdateCustomer({
  body: { customer_info: { customer_name: "Asha", phone: "9000000101", email_id: "asha@example.com" } },
});
if (added.data === undefined || !("customer" in added.data)) unexpected("add customer", added.error ?? added.data);
const id = added.data.customer.customer_id;
row("add customer", added.response, id > 0);

const duplicate = await pushEnquiry({
  body: { customer_name: "Asha", phone: "9000000101", email_id: "asha@example.com" },
});
row("duplicate", duplicate.response, message(duplicate.error ?? duplicate.data));

const found = await getCustomer({ body: [{ kapture_customer_id: id }] });
if (found.data === undefined || !("Customer Details" in found.data)) {
  unexpected("get customer", found.error ?? found.data);
}
const details = found.data["Customer Details"];
row("get customer", found.response, typeof details === "string" ? details : details.name);

const updated = await addUpdateCustomer({
  body: {
    customer_info: { customer_id: String(id), customer_name: "Asha K", phone: "9000000101" },
    contact_info: [{ first_name: "Ravi", contact_person_phone: "9000000102" }],
  },
});
row("update customer", updated.response, message(updated.error ?? updated.data));

const customers = await pullCustomers({ body: { cm_id: 1000298, createStartDate: today, createEndDate: today } });
const pulled = customers.data !== undefined && "message" in customers.data ? customers.data.message : undefined;
if (!Array.isArray(pulled)) unexpected("pull customers", customers.error ?? customers.data);
row("pull customers", customers.response, pulled.map((customer) => customer.name).join());

const opened = await addTicket({
  body: [{ title: "Broken", email_id: "asha@example.com", ticket_details: "It does not start." }],
});
if (opened.data === undefined || !("ticket" in opened.data)) unexpected("add ticket", opened.error ?? opened.data);
const ticketId = opened.data.ticket_id ?? "";
row("add ticket", opened.response, ticketId !== "");

const closed = await updateTicket({ body: [{ ticket_id: ticketId, sub_status: "CL", comment: "Repaired." }] });
row("update ticket", closed.response, closed.data?.status ?? message(closed.error as object));

const tickets = await getTickets({ body: { ticket_ids: ticketId } });
if (!Array.isArray(tickets.data)) unexpected("get ticket", tickets.error ?? tickets.data);
row("get ticket", tickets.response, tickets.data.map((ticket) => ticket.task_details.status).join());

const day = await pullTickets({ body: [{ start_date: today, end_date: today }] });
const list = day.data !== undefined && "message" in day.data ? day.data.message : undefined;
if (!Array.isArray(list)) unexpected("pull tickets", day.error ?? day.data);
row("pull tickets", day.response, list.length);

const order = await addUpdateOrder({
  body: { customer_info: { customer_name: "Asha K", email_id: "asha@example.com" }, enquiry_info: { remarks: "two" } },
});
row("add order", order.response, order.data?.status ?? message(order.error as object));

const faq = await getFaqContents({ body: [{ category_id: "5247", start_index: "0", end_index: "20" }] });
const contents = faq.data !== undefined && "message" in faq.data && typeof faq.data.message !== "string";
row("faq contents", faq.response, contents ? "contents" : message(faq.error ?? faq.data));

key = "nobody";
const rejected = await getCustomer({ body: [{ kapture_customer_id: id }] });
row("wrong key", rejected.response, message(rejected.error ?? rejected.data));
