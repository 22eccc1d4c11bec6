/// A request on its way through its connection: first its head is here, then its body comes, then it is answered.
///
/// It lives on the event loop of its connection.
final class IncomingRequest {
    /// What is known to be done with it.
    enum Work {
        /// By the route's handler.
        case handle(RouteParameters)
        case answer(HTTPResponse)
    }

    let work: Work
    /// The route that metrics are counted under; `nil` where there is none.
    let route: Route?
    /// `nil` where the head could not be read.
    let head: RequestHead?
    let id: RequestID
    /// Whether the client may still be sending this request when it is answered, so that the connection cannot go on.
    let isIncomplete: Bool
    /// Whether its handler begins before its body is here.
    let isStreamed: Bool
    /// Whether the client waits for `100 Continue`, which is sent once the handler asks for the body.
    let mustInvite: Bool
    var body: BodyCollector
    /// How many bytes it holds of the room for all bodies.
    var reservedBytes = 0

    /// A request whose body is still to come.
    init(
        _ work: Work, _ route: Route?, _ head: RequestHead, id: RequestID, body: BodyCollector, isStreamed: Bool = false,
        mustInvite: Bool = false
    ) {
        self.work = work
        self.route = route
        self.head = head
        self.id = id
        self.body = body
        isIncomplete = false
        self.isStreamed = isStreamed
        self.mustInvite = mustInvite
    }

    /// A refusal that ends the connection.
    init(refusal: HTTPResponse, _ route: Route?, _ head: RequestHead?, id: RequestID) {
        work = .answer(refusal)
        self.route = route
        self.head = head
        self.id = id
        body = BodyCollector()
        isIncomplete = true
        (isStreamed, mustInvite) = (false, false)
    }

    var method: HTTPRequest.Method { head?.method ?? HTTPRequest.Method("UNKNOWN") }

    /// Whether the connection may be used again.
    var keepsAlive: Bool { !isIncomplete && head?.keepsAlive == true }
}
