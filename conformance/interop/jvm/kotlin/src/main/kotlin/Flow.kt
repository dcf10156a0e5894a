import java.time.LocalDate
import java.time.ZoneId
import kapture.api.CustomersApi
import kapture.api.EnquiriesApi
import kapture.api.FaqApi
import kapture.api.OrdersApi
import kapture.api.TicketsApi
import kapture.infrastructure.ApiClient
import kapture.infrastructure.ApiResponse
import kapture.infrastructure.ClientError
import kapture.infrastructure.Serializer
import kapture.infrastructure.Success
import kapture.model.AddTicketRequest
import kapture.model.AddTicketResponse
import kapture.model.AddUpdateCustomerResponse
import kapture.model.AddUpdateOrderResponse
import kapture.model.ContactInfo
import kapture.model.CustomerEnquiry
import kapture.model.CustomerFound
import kapture.model.CustomerList
import kapture.model.CustomerLookup
import kapture.model.CustomerOfOrder
import kapture.model.CustomerQuery
import kapture.model.CustomerToUpsert
import kapture.model.CustomerUpsert
import kapture.model.CustomerUpserted
import kapture.model.EnquiryInfo
import kapture.model.FAQContents
import kapture.model.FAQQuery
import kapture.model.Failure
import kapture.model.GetCustomerRequest
import kapture.model.GetCustomerResponse
import kapture.model.GetFAQContentsResponse
import kapture.model.GetTicketsResponse
import kapture.model.Identifier
import kapture.model.LegacyFailure
import kapture.model.OrderUpsert
import kapture.model.OrderUpserted
import kapture.model.PullCustomersRequest
import kapture.model.PullCustomersResponse
import kapture.model.PullTicketsResponse
import kapture.model.PushEnquiryRequest
import kapture.model.TicketAdd
import kapture.model.TicketAdded
import kapture.model.TicketFound
import kapture.model.TicketList
import kapture.model.TicketLookup
import kapture.model.TicketPull
import kapture.model.TicketUpdate
import kapture.model.TicketUpdated
import kapture.model.UpdateTicketRequest
import kapture.model.UpdateTicketResponse

// The twelve steps with a client that openapi-generator generated (kotlin, jvm-okhttp4, gson).

/** A response: its status, and its body as the member of the union that it fits. */
class Response(val status: Int, val body: Any?) {
    /** Ends the program if the body is not the one that the next step needs. */
    inline fun <reified T> bodyAs(): T = body as? T ?: error("expected ${T::class.simpleName}, got ${message()}")

    fun message(): String? = when (body) {
        is Failure -> body.message
        is LegacyFailure -> body.message
        else -> body?.javaClass?.simpleName ?: "nothing"
    }

    fun row(step: String, text: Any?) = println("$step\t$status\t$text")
}

/** Returns the response of a call with an HTTP status of success; [member] takes the body out of its union. */
fun <T> ApiResponse<T?>.response(member: (T) -> Any?): Response = when (this) {
    is Success -> Response(statusCode, data?.let(member))
    is ClientError -> error("HTTP $statusCode: $body")
    else -> error("HTTP $statusCode")
}

fun useKey(key: String) {
    ApiClient.apiKeyPrefix["Authorization"] = "Basic"
    ApiClient.apiKey["Authorization"] = key // shared by all clients of the program
}

fun main() {
    val baseUrl = System.getenv("KAPTURE_BASE_URL") ?: "http://127.0.0.1:8080"
    useKey(System.getenv("KAPTURE_TOKEN") ?: "secret")
    val customers = CustomersApi(baseUrl)
    val tickets = TicketsApi(baseUrl)
    // Kapture's days are calendar days of India.
    val today = LocalDate.now(ZoneId.of("Asia/Kolkata")).toString()

    val asha = CustomerToUpsert(customerName = "Asha", phone = "9000000101", emailId = "asha@example.com")
    val added = customers.addUpdateCustomerWithHttpInfo(CustomerUpsert(asha))
        .response(AddUpdateCustomerResponse::actualInstance)
    val id = added.bodyAs<CustomerUpserted>().customer.customerId
    added.row("add customer", id > 0)

    val enquiry = CustomerEnquiry(customerName = "Asha", phone = "9000000101", emailId = "asha@example.com")
    val duplicate = EnquiriesApi(baseUrl).pushEnquiryWithHttpInfo(PushEnquiryRequest(enquiry)) as? ClientError
        ?: error("a duplicate was accepted")
    val failure = Serializer.gson.fromJson(duplicate.body as String, Failure::class.java)
    Response(duplicate.statusCode, failure).row("duplicate", failure.message)

    val lookup = GetCustomerRequest(listOf(CustomerLookup(kaptureCustomerId = Identifier(id))))
    val found = customers.getCustomerWithHttpInfo(lookup).response(GetCustomerResponse::actualInstance)
    found.row("get customer", found.bodyAs<CustomerFound>().customerDetails.name)

    val change = CustomerUpsert(
        CustomerToUpsert(customerId = Identifier(id.toString()), customerName = "Asha K", phone = "9000000101"),
        listOf(ContactInfo(firstName = "Ravi", contactPersonPhone = "9000000102")),
    )
    val updated = customers.addUpdateCustomerWithHttpInfo(change).response(AddUpdateCustomerResponse::actualInstance)
    updated.row("update customer", updated.bodyAs<CustomerUpserted>().message)

    val query = CustomerQuery(cmId = Identifier(1000298L), createStartDate = today, createEndDate = today)
    val pulled = customers.pullCustomersWithHttpInfo(PullCustomersRequest(query))
        .response(PullCustomersResponse::actualInstance)
    pulled.row("pull customers", pulled.bodyAs<CustomerList>().message.joinToString(",") { it.name })

    val ticket = TicketAdd(title = "Broken", emailId = "asha@example.com", ticketDetails = "It does not start.")
    val opened = tickets.addTicketWithHttpInfo(AddTicketRequest(listOf(ticket)), null, null)
        .response(AddTicketResponse::actualInstance)
    val ticketId = opened.bodyAs<TicketAdded>().ticketId ?: error("a ticket without an id")
    opened.row("add ticket", ticketId.isNotEmpty())

    val closing = TicketUpdate(ticketId = ticketId, subStatus = "CL", comment = "Repaired.")
    val closed = tickets.updateTicketWithHttpInfo(UpdateTicketRequest(listOf(closing)), null, null)
        .response(UpdateTicketResponse::actualInstance)
    closed.row("update ticket", closed.bodyAs<TicketUpdated>().status)

    val got = tickets.getTicketsWithHttpInfo(TicketLookup(ticketIds = ticketId), null, null)
        .response(GetTicketsResponse::actualInstance)
    got.row("get ticket", got.bodyAs<List<*>>().joinToString(",") { (it as TicketFound).taskDetails.status ?: "none" })

    val day = tickets.pullTicketsWithHttpInfo(listOf(TicketPull(startDate = today, endDate = today)), null, null)
        .response(PullTicketsResponse::actualInstance)
    day.row("pull tickets", day.bodyAs<TicketList>().message.size)

    val newOrder = OrderUpsert(
        customerInfo = CustomerOfOrder(customerName = "Asha K", emailId = "asha@example.com"),
        enquiryInfo = EnquiryInfo(remarks = "two"),
    )
    val order = OrdersApi(baseUrl).addUpdateOrderWithHttpInfo(newOrder).response(AddUpdateOrderResponse::actualInstance)
    order.row("add order", order.bodyAs<OrderUpserted>().status)

    val questions = listOf(FAQQuery(categoryId = "5247", startIndex = "0", endIndex = "20"))
    val faq = FaqApi(baseUrl).getFAQContentsWithHttpInfo(questions).response(GetFAQContentsResponse::actualInstance)
    faq.bodyAs<FAQContents>()
    faq.row("faq contents", "contents")

    useKey("nobody")
    val rejected = customers.getCustomerWithHttpInfo(lookup).response(GetCustomerResponse::actualInstance)
    rejected.row("wrong key", rejected.message())
}
