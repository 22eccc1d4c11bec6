import MartletCore
import MartletPlatform
import MartletRegistry

/// Takes events for a project's triggers: `POST /v1/triggers/NAME`, answered with 202 once the event is on disk.
///
/// It is behind whoever may write: with users, a token or a password is needed, whose owner has the role `write`. Web pages of other
/// origins are refused before, as everywhere.
struct TriggerRoutes: Sendable {
    private let gate: AccessGate
    private let receive: TriggerReceiver

    init(_ gate: AccessGate, _ receive: @escaping TriggerReceiver) { (self.gate, self.receive) = (gate, receive) }

    func add(to router: inout Router) {
        router.on(.post, "/v1/triggers/{trigger}", bodySizeMaxBytes: PipelineService.payloadSizeMaxBytes) { request, parameters in
            let name = try parameters.string("trigger")
            do {
                let principal = try await gate.principal(request)
                guard principal.isAdministrator || principal.role >= .write else {
                    let denial = Denial(principal, .write, "the trigger '\(name)'")
                    await gate.note(denial)
                    throw denial.fault
                }
            } catch let fault as TrackingFault {
                return fault.inferenceResponse
            }
            let firing = try await receive(name, request.body.bytes)
            return .json(202, ["trigger": .string(name), "firing": .string(firing)])
        }
    }
}

/// Takes what a webhook was sent, by its name. - Returns: the firing's id.
package typealias TriggerReceiver = @Sendable (String, [UInt8]) async throws -> String
