import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct ReadyQueuesTests {
    private static let api = Resources(cores: 1, named: ["api": 4])

    private static func step(_ name: String) -> Step {
        Step(
            name: name, code: "1", inputs: [:], parameters: [:], environment: [:],
            work: .command(CommandWork(words: .shell("true"), folder: ".", outputs: [:])))
    }

    /// Something holds all of `api` for a thousand seconds; others wait for it, and small steps need none.
    private static func play(waiting: Int, small: Int) throws -> RunPlay {
        let names = ["holder"] + (0..<waiting).map { "wants\($0)" } + (0..<small).map { "small\($0)" }
        var play = try RunPlay(
            names.map(step), cores: 2, seconds: { $0.step == "holder" ? 1_000 : 1 },
            resources: { $0.step.hasPrefix("small") ? Resources(cores: 1) : api })
        play.play()
        return play
    }

    private static func begin(_ seconds: Double) -> Timestamp { RunPlay.begin + .seconds(seconds) }

    @Test func `what lacks only something that a project names lets all by that need none of it`() throws {
        let play = try Self.play(waiting: 1, small: 4 * RunEngine.bypassMax)
        let last = play.launched.last { $0.id.step.hasPrefix("small") }
        #expect(last?.at == Self.begin(Double(4 * RunEngine.bypassMax) - 1))
        #expect(play.launched.last?.id.step == "wants0")
        #expect(play.launched.last?.at == Self.begin(1_000))
    }

    @Test func `many that wait for the same do not hide who needs something else`() throws {
        let play = try Self.play(waiting: 4 * RunEngine.bypassMax, small: 3)
        #expect(play.launched.filter { $0.id.step.hasPrefix("small") }.map(\.at) == [0, 1, 2].map(Self.begin))
        #expect(play.outcomes.values.allSatisfy { $0 == .done })
    }

    @Test func `where all cores are taken, what needs none goes on`() throws {
        let names = ["holder"] + (0..<(4 * RunEngine.bypassMax)).map { "wants\($0)" } + ["without0", "without1"]
        var options = RunEngine.Options()
        options.order = .arrival
        var play = try RunPlay(
            names.map(Self.step), cores: 2, options: options, seconds: { $0.step == "holder" ? 1_000 : 1 },
            resources: { $0.step.hasPrefix("without") ? Resources(memoryBytes: 1 << 20) : Resources(cores: 2) })
        play.play()
        #expect(play.launched.prefix(3).map(\.id.step) == ["holder", "without0", "without1"])
        #expect(play.launched.prefix(3).allSatisfy { $0.at == RunPlay.begin })
        #expect(play.launched.dropFirst(3).first?.at == Self.begin(1_000))
        #expect(play.usedMax.cores == 2)
    }

    @Test func `what lacks cores is not passed by for ever by steps that always fit`() throws {
        let names = ["first", "large"] + (0..<400).map { "small\($0)" }
        // Of different lengths, so that four cores are never free at once by themselves.
        var options = RunEngine.Options()
        options.order = .arrival
        var play = try RunPlay(
            names.map(Self.step), cores: 4, options: options, seconds: { 0.5 + Double($0.step.utf8.reduce(0) { $0 + Int($1) } % 7) / 10 },
            resources: { Resources(cores: $0.step == "large" ? 4 : 1) })
        play.play()
        let place = try #require(play.launched.firstIndex { $0.id.step == "large" })
        #expect(place >= RunEngine.bypassMax)
        #expect(place <= RunEngine.bypassMax + 4)
    }

    @Test func `the most urgent of all kinds comes first, and a kind that was looked at enough is left out`() {
        var queues = ReadyQueues()
        let (plain, named) = (ReadyQueues.Kinds(Resources(cores: 1)), ReadyQueues.Kinds(Self.api))
        for (number, rank) in [3.0, 1, 2].enumerated() {
            queues.insert(RunEngine.Ready(node: number, rank: rank, arrival: number), number == 0 ? named : plain)
        }
        #expect(queues.first?.node == 0)
        #expect(queues.popFirst(besides: [named])?.ready.node == 2)
        #expect(queues.popFirst(besides: [])?.ready.node == 0)
        #expect(queues.popFirst(besides: [plain]) == nil)
        #expect(!queues.needsNoCore(besides: []))
        #expect(queues.popFirst(besides: [])?.kinds == plain)
        #expect(queues.isEmpty)
        let none = ReadyQueues.Kinds(Resources(memoryBytes: 1))
        queues.insert(RunEngine.Ready(node: 3, rank: 1, arrival: 3), none)
        #expect(queues.needsNoCore(besides: [plain]))
        #expect(!queues.needsNoCore(besides: [none]))
    }
}
