import Foundation
package import MartletCore

/// How a request says that its sender knows a secret. Two forms are known, both by HMAC-SHA256.
package enum WebhookSignature: Sendable, Equatable {
    /// Of the body alone, as GitHub, Gitea and Forgejo sign: `sha256=` and hexadecimal digits. It holds for ever, so that whoever records
    /// the request can send it again.
    case body(String)
    /// Of a delivery's id, its time in seconds since 1970 and the body, as MLflow's webhooks are signed: `v1,` and Base64.
    case delivery(id: String, seconds: String, String)

    /// How far a delivery's time may be from this clock's.
    package static let ageMax = Duration.seconds(300)
    /// The longest id of a delivery.
    static let idBytesMax = 200
    /// The fewest bytes of a secret: fewer could be guessed from one recorded request.
    package static let secretBytesMin = 16

    /// The delivery's id, by which it is known when it comes again.
    package var deliveryID: String? { if case .delivery(let id, _, _) = self { id } else { nil } }

    /// Why it does not hold, in words that give nothing away; `nil` where it does.
    package func fault(of body: [UInt8], secret: String, now: Timestamp) -> String? {
        precondition(!secret.isEmpty, "a secret without bytes signs nothing")
        let key = Array(secret.utf8)
        switch self {
        case .body(let given):
            let code = KeyedDigest.sha256(of: body, key: key)
            return Self.fault(given, expected: "sha256=" + Hexadecimal.text(code))
        case .delivery(let id, let seconds, let given):
            guard (1...Self.idBytesMax).contains(id.utf8.count), let time = Int64(seconds), (0..<1 << 40).contains(time) else {
                return "expected an id of 1 to \(Self.idBytesMax) bytes and a time in whole seconds"
            }
            let code = KeyedDigest.sha256(of: Array("\(id).\(seconds).".utf8) + body, key: key)
            if let fault = Self.fault(given, expected: "v1,\(Data(code).base64EncodedString())") { return fault }
            let age = now - Timestamp(microseconds: time * 1_000_000)
            let isNow = age >= .zero - Self.ageMax && age <= Self.ageMax
            return isNow
                ? nil : "it was signed more than \(Self.ageMax.components.seconds) s from now; compare both clocks, and sign it anew"
        }
    }

    private static func fault(_ given: String, expected: String) -> String? {
        SecretBytes.areEqual(Array(given.utf8), Array(expected.utf8)) ? nil : "it was signed with another secret, or changed on its way"
    }
}
