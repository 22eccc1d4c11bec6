import MartletCore
import Synchronization

@testable import MartletPipeline

/// The ledger of a machine on which somebody else works too.
struct SimulatedLedger: MachineLedger {
    /// The runner of another project, which never dies.
    static let other = "other"

    let world: SimulatedWorld
    let incarnation: Int

    private var runner: String { "\(incarnation)" }
    private var now: Timestamp { Timestamp(microseconds: 0) + world.thread.elapsed }

    func claim(_ resources: Resources, for step: String) async -> LedgerAnswer {
        do { try await world.pause(incarnation) } catch { return LedgerAnswer(true) }
        let (now, total) = (now, world.capacity)
        let others = FairShare.Entry(
            runner: Self.other, project: "q", step: "\(now)",
            resources: Resources(cores: Double(1 + Int(4 * world.thread.chance())), memoryBytes: Int64(8 * world.thread.chance()) << 30),
            at: now)
        let (doesAsk, doesEnd, isRefused) = (world.thread.chance() < 0.2, world.thread.chance() < 0.5, world.strikes(.refusal))
        let entry = FairShare.Entry(runner: runner, project: "p", step: step, resources: resources, at: now)
        return world.state.withLock { state in
            let living = [Self.other, "\(state.incarnation)"]
            state.share.clean(now: now, isAlive: living.contains)
            if doesEnd { state.share.claims.removeAll { $0.runner == Self.other } }
            if doesAsk { _ = state.share.claim(others, of: total) }
            return LedgerAnswer(!isRefused && state.share.claim(entry, of: total))
        }
    }

    func giveBack(_ resources: Resources, for step: String) async {
        world.state.withLock { $0.share.giveBack(runner: runner, step: step) }
    }
}
