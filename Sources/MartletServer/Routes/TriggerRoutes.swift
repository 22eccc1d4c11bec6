import MartletCore
import MartletPipeline
package import MartletPlatform
import MartletRegistry

/// Takes events for a project's triggers: `POST /v1/triggers/NAME`, answered with 202 once the event is on disk.
///
/// It is for users who may write the project's records, for who signs with the trigger's secret, and, where neither users nor a secret are
/// declared and no other machine reaches the port, for everybody of this one. Web pages of other origins are refused before, as everywhere.
struct TriggerRoutes: Sendable {
    private let gate: ProjectGate
    private let isLocal: Bool
    private let receive: TriggerReceiver

    /// - Parameter isLocal: whether this machine alone reaches the port.
    init(_ gate: ProjectGate, isLocal: Bool, _ receive: @escaping TriggerReceiver) {
        (self.gate, self.isLocal, self.receive) = (gate, isLocal, receive)
    }

    func add(to router: inout Router) {
        router.on(.post, "/v1/triggers/{trigger}", bodySizeMaxBytes: PipelineService.payloadSizeMaxBytes) { request, parameters in
            let name = try parameters.string("trigger")
            do {
                let signature = Self.signature(request)
                let sender = try await sender(request, name, isSigned: signature != nil)
                let firing = try await receive(WebhookCall(name, request.body.bytes, from: sender, signature: signature))
                return .json(202, ["trigger": .string(name), "firing": .string(firing)])
            } catch let fault as TrackingFault {
                return fault.inferenceResponse
            } catch let refusal as WebhookRefusal {
                return TrackingFault(.unauthenticated, refusal.description).inferenceResponse
            }
        }
    }

    private func sender(_ request: HTTPRequest, _ name: String, isSigned: Bool) async throws -> WebhookCall.Sender {
        let principal: Principal
        do {
            principal = try await gate.principal(request)
        } catch let fault as TrackingFault where fault.code == .unauthenticated && isSigned && request.headers["authorization"] == nil {
            // Who signs need not be a user.
            return .stranger
        }
        guard !principal.name.isEmpty else { return isLocal ? .neighbour : .stranger }
        try await gate.check(principal, .write, "the trigger '\(name)'")
        return .user
    }

    /// The signature that came with a request, as GitHub or as MLflow writes it.
    private static func signature(_ request: HTTPRequest) -> WebhookSignature? {
        if let text = request.headers["x-mlflow-signature"] {
            return .delivery(
                id: request.headers["x-mlflow-delivery-id"] ?? "", seconds: request.headers["x-mlflow-timestamp"] ?? "", text)
        }
        return request.headers["x-hub-signature-256"].map { .body($0) }
    }
}

/// Takes a request for a webhook. - Returns: the firing's id.
package typealias TriggerReceiver = @Sendable (WebhookCall) async throws -> String
