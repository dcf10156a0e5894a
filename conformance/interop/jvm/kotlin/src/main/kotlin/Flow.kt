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

// The twelve steps with a client by openapi-generator (kotlin, jvm-okhttp4, gson).

/** The status of a response and the member of the union that its body is. */
class Response(val status: Int, val body: Any?) {
    /** Ends the program where the body is not the one that the next step needs. */
    inline fun <reified T> having(): T = body as? T ?: error("wanted ${T::class.simpleName}, got ${message()}")

    fun message(): String? = when (body) {
        is Failure -> body.message
        is LegacyFailure -> body.message
        else -> body?.javaClass?.simpleName ?: "nothing"
    }

    fun row(step: String, text: Any?) = println("$step\t$status\t$text")
}

/** The response of a call that succeeds on the level of HTTP, and the member of its union. */
fun <T> ApiResponse<T?>.member(of: (T) -> Any?): Response = when (this) {
    is Success -> Response(statusCode, data?.let(of))
    is ClientError -> error("HTTP $statusCode: $body")
    else -> error("HTTP $statusCode")
}

fun useKey(key: String) {
    ApiClient.apiKeyPrefix["Authorization"] = "Basic"
    ApiClient.apiKey["Authorization"] = key // one for the whole program
}

fun main() {
    val baseUrl = System.getenv("KAPTURE_BASE_URL") ?: "http://127.0.0.1:8080"
    useKey(System.getenv("KAPTURE_TOKEN") ?: "secret")
    val customers = CustomersApi(baseUrl)
    val tickets = TicketsApi(baseUrl)
    // Kapture's days are those of India.
    val today = LocalDate.now(ZoneId.of("Asia/Kolkata")).toString()

    val asha = CustomerToUpsert(customerName = "Asha", phone = "9000000101", emailId = "asha@example.com")
    val added = customers.addUpdateCustomerWithHttpInfo(CustomerUpsert(asha))
        .member(AddUpdateCustomerResponse::actualInstance)
    val id = added.having<CustomerUpserted>().customer.customerId
    added.row("add customer", id > 0)

    val enquiry = CustomerEnquiry(customerName = "Asha", phone = "9000000101", emailId = "asha@example.com")
    val duplicate = EnquiriesApi(baseUrl).pushEnquiryWithHttpInfo(PushEnquiryRequest(enquiry)) as? ClientError
        ?: error("a duplicate was accepted")
    val failure = Serializer.gson.fromJson(duplicate.body as String, Failure::class.java)
    Response(duplicate.statusCode, failure).row("duplicate", failure.message)

    val lookup = GetCustomerRequest(listOf(CustomerLookup(kaptureCustomerId = Identifier(id))))
    val found = customers.getCustomerWithHttpInfo(lookup).member(GetCustomerResponse::actualInstance)
    found.row("get customer", found.having<CustomerFound>().customerDetails.name)

    val change = CustomerUpsert(
        CustomerToUpsert(customerId = Identifier(id.toString()), customerName = "Asha K", phone = "9000000101"),
        listOf(ContactInfo(firstName = "Ravi", contactPersonPhone = "9000000102")),
    )
    val updated = customers.addUpdateCustomerWithHttpInfo(change).member(AddUpdateCustomerResponse::actualInstance)
    updated.row("update customer", updated.having<CustomerUpserted>().message)

    val query = CustomerQuery(cmId = Identifier(1000298L), createStartDate = today, createEndDate = today)
    val pulled = customers.pullCustomersWithHttpInfo(PullCustomersRequest(query))
        .member(PullCustomersResponse::actualInstance)
    pulled.row("pull customers", pulled.having<CustomerList>().message.joinToString(",") { it.name })

    val ticket = TicketAdd(title = "Broken", emailId = "asha@example.com", ticketDetails = "It does not start.")
    val opened = tickets.addTicketWithHttpInfo(AddTicketRequest(listOf(ticket)), null, null)
        .member(AddTicketResponse::actualInstance)
    val ticketId = opened.having<TicketAdded>().ticketId ?: error("a ticket without an id")
    opened.row("add ticket", ticketId.isNotEmpty())

    val closing = TicketUpdate(ticketId = ticketId, subStatus = "CL", comment = "Repaired.")
    val closed = tickets.updateTicketWithHttpInfo(UpdateTicketRequest(listOf(closing)), null, null)
        .member(UpdateTicketResponse::actualInstance)
    closed.row("update ticket", closed.having<TicketUpdated>().status)

    val got = tickets.getTicketsWithHttpInfo(TicketLookup(ticketIds = ticketId), null, null)
        .member(GetTicketsResponse::actualInstance)
    got.row("get ticket", got.having<List<*>>().joinToString(",") { (it as TicketFound).taskDetails.status ?: "none" })

    val day = tickets.pullTicketsWithHttpInfo(listOf(TicketPull(startDate = today, endDate = today)), null, null)
        .member(PullTicketsResponse::actualInstance)
    day.row("pull tickets", day.having<TicketList>().message.size)

    val newOrder = OrderUpsert(
        customerInfo = CustomerOfOrder(customerName = "Asha K", emailId = "asha@example.com"),
        enquiryInfo = EnquiryInfo(remarks = "two"),
    )
    val order = OrdersApi(baseUrl).addUpdateOrderWithHttpInfo(newOrder).member(AddUpdateOrderResponse::actualInstance)
    order.row("add order", order.having<OrderUpserted>().status)

    val questions = listOf(FAQQuery(categoryId = "5247", startIndex = "0", endIndex = "20"))
    val faq = FaqApi(baseUrl).getFAQContentsWithHttpInfo(questions).member(GetFAQContentsResponse::actualInstance)
    faq.having<FAQContents>()
    faq.row("faq contents", "contents")

    useKey("nobody")
    val rejected = customers.getCustomerWithHttpInfo(lookup).member(GetCustomerResponse::actualInstance)
    rejected.row("wrong key", rejected.message())
}
