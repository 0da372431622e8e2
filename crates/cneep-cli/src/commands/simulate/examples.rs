//! Gives the examples at the end of each system's help.

/// Commands to copy: one that shows what is special, and one at which nothing is produced, as a control.
pub(super) fn examples(system: &str) -> &'static str {
    match system {
        "bead-spring" => BEAD_SPRING,
        "filament-network" => FILAMENT_NETWORK,
        "gyrator" => GYRATOR,
        "stirred-trap" => STIRRED_TRAP,
        "ratchet" => RATCHET,
        "ring" => RING,
        "flow" => FLOW,
        "active" => ACTIVE,
        "motors" => MOTORS,
        "pair" => PAIR,
        "field" => FIELD,
        "wave" => WAVE,
        "tissue" => TISSUE,
        _ => "",
    }
}

const BEAD_SPRING: &str = "\
Example:      cneep simulate bead-spring --movies 100 --frames 1000 --read-noise 0.02 --seed 1 -o movies/
Partly seen:  cneep simulate bead-spring --beads 3 --hide-beads 1 -o hidden/
Equilibrium:  cneep simulate bead-spring --hot 1 -o control/    (exact rate 0)";

const FILAMENT_NETWORK: &str = "\
Example:      cneep simulate filament-network --hot-fraction 0.25 --movies 30 --hide-filaments 13,14 -o net/
Elastic:      cneep simulate filament-network --rest-length 7 --movies 30 --time-step 0.005 \\
                --steps-per-frame 2 -o elastic/
Equilibrium:  cneep simulate filament-network --cold 3 --hot 3 --movies 30 -o control/
              (exact rate 0; or --hot-fraction 0. The heat of an elastic network scatters about 0.)";

const GYRATOR: &str = "\
Example:      cneep simulate gyrator --angle 30 --hot 5 --photons 200 -o gyrator/
Equilibrium:  cneep simulate gyrator --hot 1 -o control/
              (exact rate 0; or --angle 0, or equal stiffnesses)";

const STIRRED_TRAP: &str = "\
Example:      cneep simulate stirred-trap --torque 0.5 --displacement-scale 2 -o trap/
Excursions:   cneep simulate stirred-trap --stiffness 0.05 --torque 0.1 --time-step 1 --exact-steps \\
                --displacement-scale 5 --width 1.5 --brightness 0.59 --background 0.08 \\
                --read-noise 0.004 --movies 5 --frames 2000 -o wide/
Equilibrium:  cneep simulate stirred-trap --torque 0 -o control/    (exact rate 0)";

const RATCHET: &str = "\
Example:      cneep simulate ratchet --potential 3 --time-step 0.2 --hide-potential -o ratchet/
Equilibrium:  cneep simulate ratchet --potential 0 --time-step 0.2 -o control/
              (exact rate 0; or --switching-rate 0)";

const RING: &str = "\
Example:      cneep simulate ring --velocity 0.2 -o ring/
Equilibrium:  cneep simulate ring --velocity 0 -o control/    (exact rate 0)";

const FLOW: &str = "\
Example:      cneep simulate flow --colloids 5 --frames 10000 --movies 1 -o flow/
Equilibrium:  cneep simulate flow --speed 0 -o control/    (exact rate 0)";

const ACTIVE: &str = "\
Example:      cneep simulate active --particles 7.7 --size 32 -o polar/
Unseen:       cneep simulate active --appearance rods -o rods/    (0 is all that can be seen)
Equilibrium:  cneep simulate active --speed 0 -o control/    (exact rate 0)";

const MOTORS: &str = "\
Example:      cneep simulate motors --tracks 3 --motors 20 -o motors/
Equilibrium:  cneep simulate motors --forwards 0.1 --backwards 0.1 -o control/    (exact rate 0)";

const PAIR: &str = "\
Example:      cneep simulate pair --distance 20 -o pair/
Equilibrium:  cneep simulate pair --coupling 0 -o control/    (exact rate 0)";

const FIELD: &str = "\
Example:      cneep simulate field --rows 25 --columns 12 --movies 1 --frames 1000 -o field/
Scattered:    cneep simulate field --spread 1 -o scattered/
Equilibrium:  cneep simulate field --hot 1 -o control/    (exact rate 0)";

const WAVE: &str = "\
Example:      cneep simulate wave --winding 2 --sites 16 --pitch 2 -o wave/
Unseen:       cneep simulate wave --winding 0 -o standing/    (0 is all that can be seen)
Equilibrium:  cneep simulate wave --frequency 0 -o control/    (exact rate 0)";

const TISSUE: &str = "\
Example:      cneep simulate tissue --velocity 0.001 -o tissue/
Equilibrium:  cneep simulate tissue --velocity 0 -o control/    (exact rate 0)";
