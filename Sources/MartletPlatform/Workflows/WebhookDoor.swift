import MartletCore
package import MartletPipeline

/// A request for the trigger of a webhook.
package struct WebhookCall: Sendable {
    /// What is known of who sent it, apart from a signature.
    package enum Sender: Sendable, Equatable {
        /// A user who may change the project's records.
        case user
        /// Somebody of this machine, which alone reaches the port, where there are no users.
        case neighbour
        /// Anybody.
        case stranger
    }

    /// The webhook's name.
    package let webhook: String
    /// What was sent.
    package let body: [UInt8]
    /// Who sent it.
    package let sender: Sender
    /// How it is signed; `nil` where it is not.
    package let signature: WebhookSignature?

    package init(_ webhook: String, _ body: [UInt8] = [], from sender: Sender, signature: WebhookSignature? = nil) {
        (self.webhook, self.body, self.sender, self.signature) = (webhook, body, sender, signature)
    }
}

/// Why a request for a trigger is not let in, for its sender.
package struct WebhookRefusal: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Says which requests may fire a trigger.
///
/// A user's may. So may one that is signed with the trigger's secret; where a trigger has one, nobody else's is let in. Without one, those of
/// this machine are, as long as no other machine reaches the port and there are no users.
struct WebhookDoor: Sendable {
    /// What a stranger's signature is compared with where there is no secret, so that this takes as long; it lets nobody in.
    static let nobodysSecret = "the secret of nobody"

    private let triggers: [(name: String, webhook: String, secret: String?)]

    /// - Parameter variables: those which hold the secrets.
    /// - Throws: `invalidInput` where one is not there, or could be guessed.
    init(_ triggers: [String: TriggerSpecification], variables: [String: String]) throws {
        self.triggers = try triggers.sorted { $0.key < $1.key }.compactMap { name, trigger in
            guard case .webhook(let webhook) = trigger.event else { return nil }
            return (name, webhook, try trigger.secret.map { try Self.secret($0, of: name, variables) })
        }
    }

    private static func secret(_ variable: String, of trigger: String, _ variables: [String: String]) throws -> String {
        let secret = variables[variable] ?? ""
        guard secret.utf8.count >= WebhookSignature.secretBytesMin else {
            throw MartletError(
                .invalidInput,
                "the trigger '\(trigger)' takes its secret from the variable \(variable): expected \(WebhookSignature.secretBytesMin) bytes "
                    + "or more, found \(secret.utf8.count); set it, as with $(openssl rand -hex 32), and give it to who sends")
        }
        return secret
    }

    /// Lets a request in.
    /// - Returns: the trigger's name, and the delivery's id where that is signed.
    /// - Throws: `WebhookRefusal`; `notFound` with the nearest name.
    func admit(_ call: WebhookCall, now: Timestamp) throws -> (trigger: String, delivery: String?) {
        let trigger = triggers.first { $0.webhook == call.webhook }
        guard call.sender != .stranger else { return try admitStranger(call, to: trigger, now: now) }
        guard let trigger else {
            let hint = nearest(to: call.webhook, among: triggers.map(\.webhook)).map { "did you mean '\($0)'?" }
            throw MartletError(
                .notFound,
                "there is no trigger with the webhook '\(call.webhook.prefix(80))'; \(hint ?? "declare it under 'triggers'")")
        }
        guard let secret = trigger.secret, let signature = call.signature else {
            guard call.sender == .user || trigger.secret == nil else {
                throw WebhookRefusal(
                    description:
                        "the webhook '\(call.webhook)' is not for everybody: sign the request with the trigger's secret, as GitHub "
                        + "does it in X-Hub-Signature-256, or send the token of a user")
            }
            return (trigger.name, nil)
        }
        if let fault = signature.fault(of: call.body, secret: secret, now: now) {
            throw WebhookRefusal(description: "the signature of the webhook '\(call.webhook)' does not hold: \(fault)")
        }
        return (trigger.name, signature.deliveryID)
    }

    /// Strangers are not told which webhooks there are: whatever is wrong, the answer is the same.
    private func admitStranger(
        _ call: WebhookCall, to trigger: (name: String, webhook: String, secret: String?)?, now: Timestamp
    ) throws -> (trigger: String, delivery: String?) {
        let fault = call.signature?.fault(of: call.body, secret: trigger?.secret ?? Self.nobodysSecret, now: now)
        guard let trigger, trigger.secret != nil, let signature = call.signature, fault == nil else {
            throw WebhookRefusal(
                description:
                    "the webhook '\(call.webhook.prefix(80))' is not for everybody: sign the request with the secret of its trigger, "
                    + "as GitHub does it in X-Hub-Signature-256 or MLflow with a time of now (\(WebhookSignature.ageMax.components.seconds) s "
                    + "either way), or send the token of a user; where its trigger has none, declare 'secret: VARIABLE'")
        }
        return (trigger.name, signature.deliveryID)
    }
}
