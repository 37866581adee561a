#!/bin/sh
# Draws the default sounds of the soundboard beside this file, with sox; run it anew after a change.
set -eu
cd "$(dirname "$0")"
draw() { name=$1; shift; sox -R -n -r 24000 -c 1 -C 0 "$name.ogg" "$@"; }
draw chime synth 1.0 pluck A4 synth 1.0 pluck mix C#5 synth 1.0 pluck mix E5 fade h 0 1.0 0.6 gain -n -3
hit="sox -R -n -r 24000 -c 1 -p synth 0.16 sine 170:70 fade l 0 0.16 0.14"
tss="sox -R -n -r 24000 -c 1 -p synth 0.8 whitenoise highpass 3000 fade l 0 0.8 0.75 gain -6"
sox -R "|$hit" "|$hit pad 0.04 0.1" "|$tss" -C 0 ba_dum_tss.ogg gain -n -3
draw air_horn synth 1.2 saw 466 synth 1.2 saw mix 587 synth 1.2 saw mix 698 tremolo 6 30 fade h 0.02 1.2 0.3 gain -n -6
draw sad_horn synth 1.6 saw 311:208 lowpass 900 tremolo 5 40 fade h 0.05 1.6 0.5 gain -n -6
draw crickets synth 2.0 sine 4400 tremolo 28 100 tremolo 2 95 fade h 0.1 2.0 0.4 gain -n -10
draw applause synth 2.2 pinknoise highpass 900 tremolo 17 80 fade h 0.2 2.2 1.2 gain -n -6
