import ArgumentParser

@main
struct Ckptmend: ParsableCommand {}
