/// A delivery as it is sent; sent again, it is the same.
struct WebhookRequest: Sendable {
    let url: String
    let headers: [(String, String)]
    let body: [UInt8]
}

/// What a webhook answered.
struct WebhookAnswer: Sendable, Equatable {
    let status: Int
    let body: String
    /// What the header `Retry-After` asks for, in seconds.
    var retryAfterSeconds: Int?
}

/// Who sends deliveries.
protocol WebhookSender: Sendable {
    /// Sends once, and follows no redirects.
    /// - Throws: `TrackingFault` and `invalidInput` where the address is refused, which sending again would not change; else where there is
    ///   no answer.
    func send(_ request: WebhookRequest) async throws -> WebhookAnswer
}
