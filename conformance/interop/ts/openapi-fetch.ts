// The twelve steps with openapi-fetch and types that openapi-typescript generated.
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema.js";
import { baseUrl, message, row, today, token, unexpected } from "./table.js";

const kapture = createClient<paths>({ baseUrl, headers: { Authorization: `Basic ${token}` } });
const stranger = createClient<paths>({ baseUrl, headers: { Authorization: "Basic nobody" } });

const added = await kapture.POST("/ms/customer/customer/api/v1/add-update", {
  body: { customer_info: { customer_name: "Asha", phone: "9000000101", email_id: "asha@example.com" } },
});
if (added.data === undefined || !("customer" in added.data)) unexpected("add customer", added.error ?? added.data);
const id = added.data.customer.customer_id;
row("add customer", added.response, id > 0);

const duplicate = await kapture.POST("/add-update-enquiry-from-other-source.html", {
  body: { customer_name: "Asha", phone: "9000000101", email_id: "asha@example.com" },
});
row("duplicate", duplicate.response, message(duplicate.error ?? duplicate.data));

const found = await kapture.POST("/search-customer-by-customer-id.html", { body: [{ kapture_customer_id: id }] });
if (found.data === undefined || !("Customer Details" in found.data)) {
  unexpected("get customer", found.error ?? found.data);
}
const details = found.data["Customer Details"];
row("get customer", found.response, typeof details === "string" ? details : details.name);

const updated = await kapture.POST("/ms/customer/customer/api/v1/add-update", {
  body: {
    customer_info: { customer_id: String(id), customer_name: "Asha K", phone: "9000000101" },
    contact_info: [{ first_name: "Ravi", contact_person_phone: "9000000102" }],
  },
});
row("update customer", updated.response, message(updated.error ?? updated.data));

const customers = await kapture.POST("/select-customer-between-start-and-end-dates.html", {
  body: { cm_id: 1000298, createStartDate: today, createEndDate: today },
});
const pulled = customers.data !== undefined && "message" in customers.data ? customers.data.message : undefined;
if (!Array.isArray(pulled)) unexpected("pull customers", customers.error ?? customers.data);
row("pull customers", customers.response, pulled.map((customer) => customer.name).join());

const opened = await kapture.POST("/add-ticket-from-other-source.html/v.2.0", {
  body: [{ title: "Broken", email_id: "asha@example.com", ticket_details: "It does not start." }],
});
if (opened.data === undefined || !("ticket" in opened.data)) unexpected("add ticket", opened.error ?? opened.data);
const ticketId = opened.data.ticket_id ?? "";
row("add ticket", opened.response, ticketId !== "");

const closed = await kapture.POST("/update-ticket-from-other-source.html/v.2.0", {
  body: [{ ticket_id: ticketId, sub_status: "CL", comment: "Repaired." }],
});
row("update ticket", closed.response, closed.data?.status ?? message(closed.error));

const tickets = await kapture.POST("/search-ticket-by-ticket-id.html/v.2.0", { body: { ticket_ids: ticketId } });
if (!Array.isArray(tickets.data)) unexpected("get ticket", tickets.error ?? tickets.data);
row("get ticket", tickets.response, tickets.data.map((ticket) => ticket.task_details.status).join());

const day = await kapture.POST("/select-ticket-between-start-and-end-dates.html/v.2.0", {
  body: [{ start_date: today, end_date: today }],
});
const list = day.data !== undefined && "message" in day.data ? day.data.message : undefined;
if (!Array.isArray(list)) unexpected("pull tickets", day.error ?? day.data);
row("pull tickets", day.response, list.length);

const order = await kapture.POST("/ms/customer/order/api/v1/add-update", {
  body: { customer_info: { customer_name: "Asha K", email_id: "asha@example.com" }, enquiry_info: { remarks: "two" } },
});
row("add order", order.response, order.data?.status ?? message(order.error));

const faq = await kapture.POST("/get-faq-contents.html", {
  body: [{ category_id: "5247", start_index: "0", end_index: "20" }],
});
const contents = faq.data !== undefined && "message" in faq.data && typeof faq.data.message !== "string";
row("faq contents", faq.response, contents ? "contents" : message(faq.error ?? faq.data));

const rejected = await stranger.POST("/search-customer-by-customer-id.html", { body: [{ kapture_customer_id: id }] });
row("wrong key", rejected.response, message(rejected.error ?? rejected.data));
