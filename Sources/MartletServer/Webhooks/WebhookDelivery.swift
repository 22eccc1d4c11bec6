import Foundation
import MartletCore
import MartletRegistry

/// Sends messages to webhooks: signs, sends, and sends again.
struct WebhookDelivery: Sendable {
    let sender: any WebhookSender
    let retries: WebhookRetries
    var clock: @Sendable () -> Timestamp = { .now }
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// From 0 to 1.
    var jitter: @Sendable () -> Double = { .random(in: 0...1) }
    var makeID: @Sendable () -> String = { UUID().uuidString.lowercased() }

    /// - Parameter secret: what the delivery is signed with.
    /// - Returns: the last answer, whatever its status. - Throws: where there was none.
    func deliver(_ message: WebhookMessage, to webhook: Webhook, secret: WebhookSecret?) async throws -> WebhookAnswer {
        let request = request(message, to: webhook, secret)
        var count = 0
        while true {
            let outcome: Result<WebhookAnswer, any Error>
            do {
                outcome = .success(try await sender.send(request))
            } catch {
                outcome = .failure(error)
            }
            guard let seconds = wait(after: outcome, retries: count) else { return try outcome.get() }
            if seconds > 0 { try await sleep(.seconds(seconds)) }
            count += 1
        }
    }

    /// In seconds; `nil` where it is not to be sent again.
    private func wait(after outcome: Result<WebhookAnswer, any Error>, retries count: Int) -> Double? {
        switch outcome {
        case .success(let answer):
            guard WebhookRetries.statuses.contains(answer.status) else { return nil }
            return retries.wait(afterRetries: count, retryAfterSeconds: answer.retryAfterSeconds, jitter: jitter())
        case .failure(let error):
            guard (error as? MartletError)?.code == .unavailable else { return nil }
            return retries.wait(afterRetries: count, jitter: jitter())
        }
    }

    private func request(_ message: WebhookMessage, to webhook: Webhook, _ secret: WebhookSecret?) -> WebhookRequest {
        let time = clock()
        let (id, seconds, body) = (makeID(), String(time.microseconds / 1_000_000), message.body(at: time))
        var headers = [("Content-Type", "application/json"), ("X-MLflow-Delivery-Id", id), ("X-MLflow-Timestamp", seconds)]
        if let secret {
            headers.append(("X-MLflow-Signature", Self.signature(of: body, id: id, seconds: seconds, secret: secret)))
        }
        return WebhookRequest(url: webhook.url, headers: headers, body: body)
    }

    /// `v1,` and the Base64 of the keyed digest of identifier, time and body.
    static func signature(of body: [UInt8], id: String, seconds: String, secret: WebhookSecret) -> String {
        let code = KeyedDigest.sha256(of: Array("\(id).\(seconds).".utf8) + body, key: Array(secret.text.utf8))
        return "v1,\(Data(code).base64EncodedString())"
    }
}
