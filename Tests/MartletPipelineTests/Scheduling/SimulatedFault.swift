import MartletCore

/// What may go wrong in a simulation.
enum SimulatedFault: CaseIterable, Sendable {
    /// The runner is killed.
    case crash
    /// The machine is, where the runner would have been.
    case powerLoss
    /// A command ends with another status than 0.
    case exit
    /// A command that needs what is outside the machine does so.
    case outage
    /// A command is killed as memory runs out.
    case memory
    /// A command ends with 0 and has not made its outputs.
    case noOutputs
    /// A file that a step reads is gone, until somebody sees to it after the run.
    case vanishedInput
    /// The disk is full at one write, of records or of contents.
    case fullDisk
    /// The ledger of the machine refuses what it could give.
    case refusal
    /// The clock is set back.
    case clockSetBack
    /// Somebody cancels the run at some moment.
    case cancel

    /// How likely each is at each occasion, by a seed: some are common in one history and missing in another.
    static func chances(_ random: inout SplitMix64) -> [SimulatedFault: Double] {
        var chances: [SimulatedFault: Double] = [.crash: 0.04 + 0.1 * random.unit(), .powerLoss: 0.3, .exit: 0.05]
        for (fault, most) in [
            (outage, 0.6), (.memory, 0.15), (.noOutputs, 0.15), (.vanishedInput, 0.2), (.fullDisk, 0.05), (.refusal, 0.5),
            (.clockSetBack, 0.05), (.cancel, 0.5),
        ] where random.unit() < 0.5 {
            chances[fault] = most * random.unit()
        }
        return chances
    }
}
