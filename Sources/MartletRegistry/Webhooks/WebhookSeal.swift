import Foundation
package import MartletCore

/// How secrets of webhooks are kept: sealed, each for its webhook alone.
struct WebhookSeal: Sendable {
    let key: SealingKey

    func sealed(_ secret: WebhookSecret?, of id: String) -> SealedSecret? {
        secret.map { SealedSecret(text: Data(key.seal(Array($0.text.utf8), of: id)).base64EncodedString()) }
    }

    /// - Throws: `corrupt` where it was sealed with another key.
    func secret(of webhook: Webhook) throws -> WebhookSecret? {
        guard let sealed = webhook.secret else { return nil }
        guard let bytes = Data(base64Encoded: sealed.text), let plain = key.open(Array(bytes), of: webhook.id) else {
            throw MartletError(
                .corrupt,
                "the webhook '\(webhook.name)' (\(webhook.id)) is told nothing, as its secret was kept with another key; restore the file "
                    + "'key' of the home or MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, or give the webhook another secret, or delete it")
        }
        return WebhookSecret(String(decoding: plain, as: UTF8.self))
    }
}

extension SealingKey {
    /// The key that MLflow's variable `MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY` has: 32 bytes in Base64 for URLs. - Throws: `invalidInput`.
    package init(ofVariable text: String) throws {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        guard let data = Data(base64Encoded: standard), let key = SealingKey(Array(data)) else {
            throw MartletError(
                .invalidInput,
                "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: expected \(SealingKey.sizeBytes) bytes in Base64 for URLs; make them with "
                    + "'openssl rand -base64 32 | tr +/ -_'")
        }
        self = key
    }
}
