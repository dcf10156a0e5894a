import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.Collectors;
import kapture.ApiClient;
import kapture.ApiException;
import kapture.ApiResponse;
import kapture.JSON;
import kapture.api.CustomersApi;
import kapture.api.EnquiriesApi;
import kapture.api.FaqApi;
import kapture.api.OrdersApi;
import kapture.api.TicketsApi;
import kapture.model.AbstractOpenApiSchema;
import kapture.model.AddTicketRequest;
import kapture.model.ContactInfo;
import kapture.model.CustomerEnquiry;
import kapture.model.CustomerFound;
import kapture.model.CustomerList;
import kapture.model.CustomerLookup;
import kapture.model.CustomerOfOrder;
import kapture.model.CustomerQuery;
import kapture.model.CustomerToUpsert;
import kapture.model.CustomerUpsert;
import kapture.model.CustomerUpserted;
import kapture.model.EnquiryInfo;
import kapture.model.FAQContents;
import kapture.model.FAQQuery;
import kapture.model.Failure;
import kapture.model.GetCustomerRequest;
import kapture.model.Identifier;
import kapture.model.LegacyFailure;
import kapture.model.OrderUpsert;
import kapture.model.OrderUpserted;
import kapture.model.PullCustomersRequest;
import kapture.model.PushEnquiryRequest;
import kapture.model.TicketAdd;
import kapture.model.TicketAdded;
import kapture.model.TicketFound;
import kapture.model.TicketList;
import kapture.model.TicketLookup;
import kapture.model.TicketPull;
import kapture.model.TicketUpdate;
import kapture.model.TicketUpdated;
import kapture.model.UpdateTicketRequest;

/** The twelve steps with a client that openapi-generator generated (okhttp-gson). */
public final class Flow {
    private Flow() {}

    /** One call of the API. */
    private interface Call {
        ApiResponse<? extends AbstractOpenApiSchema> send() throws ApiException;
    }

    /** A response: its status, and its body as the member of the union that it fits. */
    private record Response(int status, Object body) {
        /** Ends the program if the body is not the one that the next step needs. */
        <T> T as(Class<T> kind) {
            if (!kind.isInstance(body)) {
                throw new IllegalStateException("expected " + kind.getSimpleName() + ", got " + message());
            }
            return kind.cast(body);
        }

        String message() {
            if (body instanceof Failure failure) {
                return failure.getMessage();
            }
            if (body instanceof LegacyFailure failure) {
                return failure.getMessage();
            }
            return body == null ? "nothing" : body.getClass().getSimpleName();
        }

        void row(String step, Object text) {
            System.out.println(step + "\t" + status + "\t" + text);
        }
    }

    private static Response send(Call call) throws ApiException {
        ApiResponse<? extends AbstractOpenApiSchema> response = call.send();
        return new Response(response.getStatusCode(), response.getData().getActualInstance());
    }

    private static ApiClient client(String token) {
        String baseUrl = System.getenv("KAPTURE_BASE_URL");
        ApiClient client = new ApiClient();
        client.setBasePath(baseUrl == null ? "http://127.0.0.1:8080" : baseUrl);
        client.setApiKeyPrefix("Basic");
        client.setApiKey(token);
        return client;
    }

    public static void main(String[] arguments) throws ApiException {
        String token = System.getenv("KAPTURE_TOKEN");
        ApiClient client = client(token == null ? "secret" : token);
        CustomersApi customers = new CustomersApi(client);
        TicketsApi tickets = new TicketsApi(client);
        // Kapture's days are calendar days of India.
        String today = LocalDate.now(ZoneId.of("Asia/Kolkata")).toString();

        CustomerToUpsert asha =
            new CustomerToUpsert().customerName("Asha").phone("9000000101").emailId("asha@example.com");
        Response added = send(() -> customers.addUpdateCustomerWithHttpInfo(new CustomerUpsert().customerInfo(asha)));
        Long id = added.as(CustomerUpserted.class).getCustomer().getCustomerId();
        added.row("add customer", id > 0);

        CustomerEnquiry enquiry =
            new CustomerEnquiry().customerName("Asha").phone("9000000101").emailId("asha@example.com");
        try {
            new EnquiriesApi(client).pushEnquiryWithHttpInfo(new PushEnquiryRequest(enquiry));
            throw new IllegalStateException("a duplicate was accepted");
        } catch (ApiException rejected) {
            Failure failure = JSON.deserialize(rejected.getResponseBody(), Failure.class);
            new Response(rejected.getCode(), failure).row("duplicate", failure.getMessage());
        }

        GetCustomerRequest lookup =
            new GetCustomerRequest(List.of(new CustomerLookup().kaptureCustomerId(new Identifier(id))));
        Response found = send(() -> customers.getCustomerWithHttpInfo(lookup));
        found.row("get customer", found.as(CustomerFound.class).getCustomerDetails().getName());

        CustomerUpsert change = new CustomerUpsert()
            .customerInfo(new CustomerToUpsert()
                .customerId(new Identifier(id.toString())).customerName("Asha K").phone("9000000101"))
            .addContactInfoItem(new ContactInfo().firstName("Ravi").contactPersonPhone("9000000102"));
        Response updated = send(() -> customers.addUpdateCustomerWithHttpInfo(change));
        updated.row("update customer", updated.as(CustomerUpserted.class).getMessage());

        CustomerQuery query =
            new CustomerQuery().cmId(new Identifier(1000298L)).createStartDate(today).createEndDate(today);
        Response pulled = send(() -> customers.pullCustomersWithHttpInfo(new PullCustomersRequest(query)));
        pulled.row("pull customers", pulled.as(CustomerList.class).getMessage().stream()
            .map(customer -> customer.getName()).collect(Collectors.joining(",")));

        TicketAdd ticket =
            new TicketAdd().title("Broken").emailId("asha@example.com").ticketDetails("It does not start.");
        Response opened = send(() -> tickets.addTicketWithHttpInfo(new AddTicketRequest(List.of(ticket)), null, null));
        String ticketId = opened.as(TicketAdded.class).getTicketId();
        opened.row("add ticket", ticketId != null && !ticketId.isEmpty());

        TicketUpdate closing = new TicketUpdate().ticketId(ticketId).subStatus("CL").comment("Repaired.");
        Response closed =
            send(() -> tickets.updateTicketWithHttpInfo(new UpdateTicketRequest(List.of(closing)), null, null));
        closed.row("update ticket", closed.as(TicketUpdated.class).getStatus());

        Response got = send(() -> tickets.getTicketsWithHttpInfo(new TicketLookup().ticketIds(ticketId), null, null));
        List<?> records = got.as(List.class);
        got.row("get ticket", records.stream()
            .map(one -> ((TicketFound) one).getTaskDetails().getStatus()).collect(Collectors.joining(",")));

        List<TicketPull> range = List.of(new TicketPull().startDate(today).endDate(today));
        Response day = send(() -> tickets.pullTicketsWithHttpInfo(range, null, null));
        day.row("pull tickets", day.as(TicketList.class).getMessage().size());

        OrderUpsert newOrder = new OrderUpsert()
            .customerInfo(new CustomerOfOrder().customerName("Asha K").emailId("asha@example.com"))
            .enquiryInfo(new EnquiryInfo().remarks("two"));
        Response order = send(() -> new OrdersApi(client).addUpdateOrderWithHttpInfo(newOrder));
        order.row("add order", order.as(OrderUpserted.class).getStatus());

        List<FAQQuery> questions = List.of(new FAQQuery().categoryId("5247").startIndex("0").endIndex("20"));
        Response faq = send(() -> new FaqApi(client).getFAQContentsWithHttpInfo(questions));
        faq.as(FAQContents.class);
        faq.row("faq contents", "contents");

        Response rejected = send(() -> new CustomersApi(client("nobody")).getCustomerWithHttpInfo(lookup));
        rejected.row("wrong key", rejected.message());
    }
}
