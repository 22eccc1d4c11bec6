import Foundation
package import MartletCore
import MartletStore

/// How secrets of webhooks are kept: sealed, each for its webhook alone.
struct WebhookSeal: Sendable {
    let key: SealingKey

    /// The secret as the table has it.
    func sealed(_ secret: WebhookSecret?, of id: String) -> SQLValue {
        .optional(secret.map { Data(key.seal(Array($0.text.utf8), of: id)).base64EncodedString() })
    }

    /// - Throws: `corrupt` where it was sealed with another key.
    func secret(_ sealed: String?, of id: String) throws -> WebhookSecret? {
        guard let sealed else { return nil }
        guard let bytes = Data(base64Encoded: sealed), let plain = key.open(Array(bytes), of: id) else {
            throw MartletError(
                .corrupt,
                "the secret of the webhook '\(id)' was kept with another key; restore the file 'key' of the home or "
                    + "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, or delete the webhook")
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
