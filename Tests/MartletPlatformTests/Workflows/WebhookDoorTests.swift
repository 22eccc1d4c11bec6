import Foundation
import MartletCore
import MartletPipeline
import Testing

@testable import MartletPlatform

@Suite struct WebhookDoorTests {
    private static let secret = "a secret of many bytes"
    private static let now = Timestamp(microseconds: 1_714_564_800_000_000)

    private func door() throws -> WebhookDoor {
        try WebhookDoor(
            [
                "open": TriggerSpecification(.webhook(name: "refresh"), run: ["note"]),
                "shut": TriggerSpecification(.webhook(name: "deliver"), run: ["note"], secret: "DELIVER_SECRET"),
            ], variables: ["DELIVER_SECRET": Self.secret])
    }

    private func signature(_ text: String, secret: String = Self.secret) -> WebhookSignature {
        let code = KeyedDigest.sha256(of: Array(text.utf8), key: Array(secret.utf8))
        return .body("sha256=" + code.map { String(format: "%02x", $0) }.joined())
    }

    @Test(
        arguments: [
            ("refresh", WebhookCall.Sender.user, false, true), ("refresh", .neighbour, false, true), ("refresh", .stranger, false, false),
            // What is signed with no secret of this trigger's says nothing.
            ("refresh", .stranger, true, false), ("deliver", .user, false, true), ("deliver", .neighbour, false, false),
            ("deliver", .stranger, false, false), ("deliver", .neighbour, true, true), ("deliver", .stranger, true, true),
        ])
    func `who may fire a trigger`(webhook: String, sender: WebhookCall.Sender, isSigned: Bool, isLetIn: Bool) throws {
        let call = WebhookCall(webhook, Array("hello".utf8), from: sender, signature: isSigned ? signature("hello") : nil)
        let door = try door()
        if isLetIn {
            #expect(try door.admit(call, now: Self.now).trigger == (webhook == "refresh" ? "open" : "shut"))
        } else {
            #expect(throws: WebhookRefusal.self) { try door.admit(call, now: Self.now) }
        }
    }

    @Test(arguments: [WebhookCall.Sender.user, .neighbour, .stranger])
    func `a signature that does not hold is refused, whoever sends it`(sender: WebhookCall.Sender) throws {
        let door = try door()
        for signature in [signature("hallo"), signature("hello", secret: "another secret of many")] {
            let call = WebhookCall("deliver", Array("hello".utf8), from: sender, signature: signature)
            let refusal = #expect(throws: WebhookRefusal.self) { try door.admit(call, now: Self.now) }
            #expect(refusal?.description.contains(Self.secret) == false)
        }
    }

    @Test func `a refusal says what to do next`() throws {
        let door = try door()
        let open = #expect(throws: WebhookRefusal.self) { try door.admit(WebhookCall("refresh", from: .stranger), now: Self.now) }
        #expect(open?.description.contains("declare 'secret: VARIABLE'") == true)
        let shut = #expect(throws: WebhookRefusal.self) { try door.admit(WebhookCall("deliver", from: .neighbour), now: Self.now) }
        #expect(shut?.description.contains("X-Hub-Signature-256") == true)
    }

    @Test(arguments: [false, true])
    func `strangers are told the same of a webhook with a secret, of one without and of one that is not there`(isSigned: Bool) throws {
        let door = try door()
        let signatures = isSigned ? [signature("hello", secret: "another secret of many"), signature("hallo"), .body("x")] : [nil]
        for signature in signatures {
            let refusals = ["deliver", "refresh", "nothing"].map { webhook in
                let call = WebhookCall(webhook, Array("hello".utf8), from: .stranger, signature: signature)
                return #expect(throws: WebhookRefusal.self) { try door.admit(call, now: Self.now) }?.description
                    .replacing(webhook, with: "NAME")
            }
            #expect(refusals[0] != nil)
            #expect(Set(refusals).count == 1, "\(refusals)")
        }
    }

    @Test func `no signature lets strangers in where the trigger has no secret`() throws {
        let door = try door()
        for webhook in ["refresh", "nothing"] {
            let signature = signature("", secret: WebhookDoor.nobodysSecret)
            #expect(throws: WebhookRefusal.self) {
                try door.admit(WebhookCall(webhook, from: .stranger, signature: signature), now: Self.now)
            }
        }
    }

    @Test(arguments: [nil, "", "fifteen bytes !"])
    func `a secret that is not there or could be guessed is a fault at the start`(value: String?) {
        let trigger = TriggerSpecification(.webhook(name: "deliver"), run: ["note"], secret: "DELIVER_SECRET")
        let error = #expect(throws: MartletError.self) {
            try WebhookDoor(["shut": trigger], variables: value.map { ["DELIVER_SECRET": $0] } ?? [:])
        }
        #expect(error?.message.contains("the variable DELIVER_SECRET: expected 16 bytes or more, found \(value?.utf8.count ?? 0)") == true)
    }
}
