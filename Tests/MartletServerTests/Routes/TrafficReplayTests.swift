import MartletCore
import MartletPlatform
import MartletTesting
import Testing

@testable import MartletServer

@Suite struct TrafficReplayTests {
    @Test func `held-out traffic is answered, and its outcomes are told`() async throws {
        try await ServedProject.serve { served in
            let items = try await HeldOutTraffic(served.platform, endpoint: "price").items
            let result = try await TrafficReplay(served.client, endpoint: "price").run(items) { _ in }
            let traffic = try LoggedTraffic(served.platform, try #require(try served.service.release("price")))
            #expect(result == TrafficReplay.Result(answered: items.count, withoutPrice: 0, outcomes: items.count))
            #expect(traffic.decisionCount == items.count)
            #expect(traffic.sold.count == items.count)
        }
    }

    @Test func `a refusal ends the replay with the server's words`() async throws {
        try await ServedProject.serve { served in
            let items = Array(try await HeldOutTraffic(served.platform, endpoint: "price").items.prefix(3))
            let error = await #expect(throws: MartletError.self) {
                try await TrafficReplay(served.client, endpoint: "prise").run(items) { _ in }
            }
            #expect(error?.message.contains("the server answered 404") == true)
            #expect(error?.message.contains("did you mean 'price'?") == true)
        }
    }
}
