import NIOCore

/// The one alarm of a connection; it lives on the connection's event loop.
///
/// Phases change several times a request, so moving the alarm to a later time costs no more than storing that time:
/// the alarm looks again when it rings. Only moving it to an earlier time schedules anew.
final class ConnectionTimer {
    var onTimeout: (() -> Void)?

    private let eventLoop: any EventLoop
    private var phase: ConnectionLifecycle.Phase?
    private var deadline: NIODeadline?
    private var alarm: (ringsAt: NIODeadline, scheduled: Scheduled<Void>)?

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Sets the alarm for a phase that begins now; a phase that lasts keeps its alarm.
    func set(_ phase: ConnectionLifecycle.Phase, _ timeout: TimeAmount, now: NIODeadline) {
        guard phase != self.phase else { return }
        self.phase = phase
        let next = now + timeout
        deadline = next
        if let alarm, alarm.ringsAt <= next { return }
        schedule(at: next)
    }

    /// Forgets the phase, so that even the same one begins anew when it is set next.
    func forget() { phase = nil }

    func stop() {
        phase = nil
        deadline = nil
        alarm?.scheduled.cancel()
        alarm = nil
    }

    private func schedule(at time: NIODeadline) {
        alarm?.scheduled.cancel()
        alarm = (time, eventLoop.assumeIsolated().scheduleTask(deadline: time) { [weak self] in self?.ring() })
    }

    private func ring() {
        alarm = nil
        guard let deadline else { return }
        guard deadline <= eventLoop.now else { return schedule(at: deadline) }
        self.deadline = nil
        phase = nil
        onTimeout?()
    }
}
