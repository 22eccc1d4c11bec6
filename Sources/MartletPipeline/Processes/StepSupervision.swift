import Glibc
import MartletCore
import MartletStore

/// One command from its start to its end, on one thread.
final class StepSupervision {
    /// How a command is being stopped.
    private enum Phase {
        case running
        /// It was asked to end, and is killed at a time.
        case asked(killAt: Duration)
        /// It was killed, and is given up at a time.
        case killed(giveUpAt: Duration)
    }

    /// How the command itself came to its end.
    private enum End {
        case status(Int32)
        /// It never began.
        case fault(Int32)
        /// The guard did not live to tell.
        case unknown
    }

    /// The first look at a command's processes comes so soon, the next ones after twice the time each, up to the longest.
    private static let firstSample = Duration.milliseconds(5)
    /// Looks follow so closely while the command is being stopped, or has more than half the memory that it may have.
    private static let closeSampling = Duration.milliseconds(20)
    /// And so closely once it has ended, while the rest of its processes end.
    private static let endSampling = Duration.milliseconds(2)
    private static let pieceSizeBytes = 65_536
    private static let guardGrowthBytes = 1 << 20
    /// How often those that began meanwhile are looked for before all are killed.
    private static let stoppingCountMax = 100

    private let command: StepCommand
    private let options: StepProcess.Options
    private let stop: StopSwitch
    private let observe: (StepProgress) -> Void
    private let startedAt = ContinuousClock.now
    private let runner: CommandGuard
    private let group: StepCgroup?
    private let killsBefore: Int?
    private let log: StepLog
    private var logFault: MartletError?
    private var watch: StepWatch
    private var meter = StepMeter()
    private var usageNote = UsageNote()
    private var sampler: TreeSampler
    private var progress: ProgressFile
    private var phase = Phase.running
    private var failure: StepFailure?
    private var end: End?
    /// The most memory that the guard itself had, which is none of the command's.
    private var guardPeakBytes: Int?
    /// Whether nothing was left of it when it ended.
    private var isAlone = false
    private var nextSampleAt = StepSupervision.firstSample
    private var sampleInterval = StepSupervision.firstSample
    private var asked: Set<Int32> = []
    private var strays: Set<Int32> = []
    private var isCancelled = false
    /// Whether nobody can say anything any more, who may still be at work.
    private var isSilent = false
    private var piece = [UInt8](repeating: 0, count: StepSupervision.pieceSizeBytes)

    /// Runs a command.
    static func result(
        of command: StepCommand, _ options: StepProcess.Options, _ stop: StopSwitch, _ observe: @escaping (StepProgress) -> Void
    ) -> StepProcessResult {
        do {
            return try StepSupervision(command, options, stop, observe).run()
        } catch let cut as CommandGuard.CutOff {
            cut.wait()
            return .cutOff(command, cut.reason)
        } catch {
            return .notStarted(command, error)
        }
    }

    private init(
        _ command: StepCommand, _ options: StepProcess.Options, _ stop: StopSwitch, _ observe: @escaping (StepProgress) -> Void
    ) throws {
        (self.command, self.options, self.stop, self.observe) = (command, options, stop, observe)
        let files = command.files
        unlink(files.stopped)
        try AttemptNote.clear(files.exit)
        log = try StepLog(files.log, limits: command.logLimits, secrets: command.secrets)
        watch = StepWatch(step: command.step, limits: command.limits)
        progress = ProgressFile(files.progress, SecretRedactor(SecretForms.patterns(of: command.secrets)))
        group = command.limits.memoryBytes.flatMap { options.groups?.make(memoryMaxBytes: $0) }
        let attempt = AttemptMark()
        runner = try CommandGuard(
            command, environment: command.environment.merging(attempt.variables(files)) { $1 }, group: group?.folder)
        sampler = TreeSampler(
            ProcessTree(root: runner.pid, marker: attempt.marker), memoryLimitBytes: command.limits.memoryBytes)
        killsBefore = options.memoryKillCount()
        do { try attempt.write(pid: runner.pid, to: files) } catch { throw CommandGuard.CutOff(reason: error, words: nil) }
    }

    private var elapsed: Duration { startedAt.duration(to: .now) }

    private func run() -> StepProcessResult {
        while end == nil || !isFinished { turn() }
        return finish()
    }

    /// Whether nothing of the command runs any more, or what does is given up.
    private var isFinished: Bool { isGivenUp || living.isEmpty }

    private var isGivenUp: Bool { if case .killed(let giveUpAt) = phase { elapsed >= giveUpAt } else { false } }

    /// The command's processes, also when they descend from nobody that is known.
    private var living: [Int32] {
        if isAlone { return [] }
        if case .unknown? = end { return ProcessTree.marked(sampler.tree.marker) }
        return sampler.tree.living
    }
}

// MARK: - Waiting

extension StepSupervision {
    /// Waits for the next that happens, and sees to it.
    private func turn() {
        if end != nil { endRest(at: elapsed) }
        let numbers = [isSilent ? -1 : runner.output.number, end == nil ? runner.words.number : -1, isCancelled ? -1 : stop.reading.number]
        var events = numbers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&events, nfds_t(events.count), milliseconds(until: nextAt))
        if events[0].revents != 0 { listen() }
        if events[2].revents != 0 { cancel() }
        if events[1].revents != 0 { hear() }
        let now = elapsed
        let isDue = now >= nextSampleAt
        if end == nil, isDue { sample(at: now) }
        if failure == nil, end == nil, let breach = breach(at: now) { ask(breach, at: now) }
        if isDue { escalate(at: now) }
    }

    /// When there is something to do at the latest.
    private var nextAt: Duration {
        guard case .running = phase, end == nil else { return nextSampleAt }
        return min(nextSampleAt, watch.deadline ?? nextSampleAt)
    }

    private func milliseconds(until time: Duration) -> Int32 {
        Int32(min(max(0, ((time - elapsed) / .milliseconds(1)).rounded(.up)), 1_000))
    }

    /// Reads what the command said. - Returns: whether there was anything.
    @discardableResult
    private func listen() -> Bool {
        let count = piece.withUnsafeMutableBytes { read(runner.output.number, $0.baseAddress, $0.count) }
        if count == 0 { isSilent = true }
        guard count > 0 else { return false }
        watch.sign(at: elapsed)
        guard logFault == nil else { return true }
        do {
            try log.write(Array(piece[..<count]))
        } catch {
            logFault = error as? MartletError ?? MartletError(.storage, "the log cannot be written", cause: error)
        }
        return true
    }

    private func hear() {
        for word in runner.heard() where end == nil {
            switch word {
            case .ended(let status, let ownPeakBytes, let isAlone):
                (end, guardPeakBytes, self.isAlone) = (.status(status), ownPeakBytes, isAlone)
            case .fault(let code): end = .fault(code)
            case .gone: end = .unknown
            }
        }
    }

    /// Why the command is stopped; a sign of life since the last look counts.
    private func breach(at now: Duration) -> StepFailure? {
        guard watch.breach(at: now) != nil else { return nil }
        lookForProgress(at: now)
        return watch.breach(at: now)
    }

    private func lookForProgress(at now: Duration) {
        guard let progress = progress.changed() else { return }
        watch.sign(at: now)
        if let progress { observe(progress) }
    }

    private func sample(at now: Duration) {
        lookForProgress(at: now)
        let sample = sampler.sample(at: now)
        meter.add(sample, at: now)
        usageNote.put(meter.usage(at: now), at: now, to: command.files)
        if failure == nil, let breach = watch.breach(sample) {
            // What takes too much of the machine is not given the time to take more.
            if breach.kind == .memory || breach.kind == .processes { kill(breach, at: now) } else { ask(breach, at: now) }
        }
        sampleInterval = min(sampleInterval * 2, options.sampling)
        let isNearLimit = command.limits.memoryBytes.map { sample.memoryBytes > $0 / 2 } ?? false
        if isNearLimit || failure != nil { sampleInterval = min(sampleInterval, Self.closeSampling) }
        nextSampleAt = now + sampleInterval
    }
}

// MARK: - Stopping

extension StepSupervision {
    private func cancel() {
        isCancelled = true
        guard failure == nil, end == nil else { return }
        ask(StepFailure(.cancelled, "step '\(command.step)' was cancelled"), at: elapsed)
    }

    /// From now on a status is none of the command's own, also where this program is killed before it can take it away. Another name of a
    /// file needs no room on a disk.
    private func noteStop() { link(command.files.process, command.files.stopped) }

    /// Asks all processes to end.
    private func ask(_ reason: StepFailure, at now: Duration) {
        failure = reason
        noteStop()
        phase = .asked(killAt: now + options.grace)
        nextSampleAt = min(nextSampleAt, now + Self.closeSampling)
        askNew()
    }

    /// Asks those that were not asked yet: they may have been about to begin.
    private func askNew() {
        for pid in living where asked.insert(pid).inserted { Glibc.kill(pid, SIGTERM) }
    }

    private func kill(_ reason: StepFailure, at now: Duration) {
        failure = failure ?? reason
        noteStop()
        phase = .killed(giveUpAt: now + options.killing)
        killLiving()
    }

    /// Kills all processes. They are all stopped first, so that none begins another meanwhile.
    private func killLiving() {
        group?.kill()
        var stopped: Set<Int32> = []
        for _ in 0..<Self.stoppingCountMax {
            let others = living.filter { stopped.insert($0).inserted }
            guard !others.isEmpty else { break }
            for pid in others { Glibc.kill(pid, SIGSTOP) }
        }
        for pid in stopped { Glibc.kill(pid, SIGKILL) }
    }

    private func escalate(at now: Duration) {
        switch phase {
        case .running: return
        case .asked(let killAt):
            if now >= killAt, let failure { kill(failure, at: now) } else { askNew() }
        case .killed(let giveUpAt):
            killLiving()
            if now >= giveUpAt, end == nil { end = .unknown }
        }
        if end != nil { nextSampleAt = now + Self.endSampling }
    }

    /// The command has ended; what it left running ends with it, though those that were asked to have their time.
    private func endRest(at now: Duration) {
        guard case .running = phase else { return }
        strays.formUnion(living)
        phase = .killed(giveUpAt: now + options.killing)
        nextSampleAt = now + Self.endSampling
        killLiving()
    }
}

// MARK: - The end

extension StepSupervision {
    private func finish() -> StepProcessResult {
        while listen() {}
        lookForProgress(at: elapsed)
        finishMetering()
        do {
            try log.finish()
        } catch {
            logFault = logFault ?? error as? MartletError ?? MartletError(.storage, "the log cannot be finished", cause: error)
        }
        // What was stopped is not to be taken for finished, whatever status it ended with.
        if failure != nil { unlink(command.files.exit) }
        if failure == nil, case .fault(let code)? = end {
            let error = MartletError.io("start '\(command.words[0])' in", command.folder, errno: code)
            return .notStarted(command, error)
        }
        return StepProcessResult(
            failure: failure ?? StepEnding(command: command, isMemoryGone: isMemoryGone).failure(status),
            usage: meter.usage, strayCount: strays.count, lastWords: String(decoding: log.lastBytes, as: UTF8.self), logFault: logFault)
    }

    /// Whether the kernel has killed processes since the start because memory ran out.
    private func isMemoryGone() -> Bool {
        if let group { return group.memoryKillCount > 0 }
        guard let killsBefore, let kills = options.memoryKillCount() else { return false }
        return kills > killsBefore
    }

    /// The command's status; `nil` where the guard did not live to tell.
    private var status: Int32? { if case .status(let status)? = end { status } else { nil } }

    private func finishMetering() {
        var last = TreeSample()
        last.cpuSeconds = ProcessFiles.status(runner.pid)?.cpuSeconds ?? 0
        if let transfer = ProcessFiles.transfer(runner.pid) { last.add(transfer) }
        meter.raise(last)
        let now = elapsed
        let usage = runner.end(waits: !isGivenUp)
        let cpu = max(Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime), group?.cpuSeconds ?? 0)
        meter.end(at: now, cpuSeconds: cpu, singlePeakBytes: singlePeakBytes(usage))
        usageNote.end(meter.usage, to: command.files)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// The kernel does not say whose peak it is: only more than the guard's own tells something, which may have grown a little since.
    private func singlePeakBytes(_ usage: rusage) -> Int? {
        let bytes = usage.ru_maxrss << 10
        return guardPeakBytes.map { bytes > $0 + Self.guardGrowthBytes } == true ? bytes : nil
    }
}
