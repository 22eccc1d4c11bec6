import MartletRegistry

/// Webhooks in MLflow's form, without their secrets.
extension JSONOutput {
    private static let webhookSizeBytes = 512

    /// `{"webhook": …}`.
    static func webhook(_ webhook: Webhook) -> [UInt8] {
        var output = JSONOutput(sizeBytes: webhookSizeBytes)
        output.object {
            $0.name("webhook")
            $0.write(webhook)
        }
        return output.finished()
    }

    /// A page of webhooks; `next` is the token of the page behind it.
    static func webhooks(_ webhooks: [Webhook], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: webhooks.count * webhookSizeBytes + 64)
        output.object { output in
            output.member("webhooks", list: webhooks) { $0.write($1) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// What became of a test.
    static func webhookTest(_ result: WebhookNotifier.TestResult) -> [UInt8] {
        var output = JSONOutput()
        output.object { output in
            output.name("result")
            output.object {
                $0.name("success")
                switch result {
                case .answered(let status, let body):
                    $0.write(status < 400)
                    $0.member("response_status", Int64(status))
                    $0.member("response_body", body)
                case .failed(let message):
                    $0.write(false)
                    $0.member("error_message", message)
                }
            }
        }
        return output.finished()
    }

    private mutating func write(_ webhook: Webhook) {
        object { output in
            output.member("webhook_id", webhook.id)
            output.member("name", webhook.name)
            if let description = webhook.description { output.member("description", description) }
            output.member("url", webhook.url)
            output.member("events", list: webhook.events) { output, event in
                output.object {
                    $0.member("entity", event.entity.rawValue.uppercased())
                    $0.member("action", event.action.rawValue.uppercased())
                }
            }
            output.member("status", webhook.status.rawValue)
            output.member("creation_timestamp", webhook.createdAt)
            output.member("last_updated_timestamp", webhook.updatedAt)
        }
    }
}
