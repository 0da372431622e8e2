// Says how much entropy the active movie produces, and shows where: calls the command `cneep` and loads its mean map.
//
// Put this file into Fiji's folder `macros/` or `plugins/Macros/`; `cneep` must be on the path, or be named below.

#@ String (label = "Command", value = "cneep") command
#@ Double (label = "Time between frames (s); 0: as the stack says", value = 0, min = 0) interval
#@ String (label = "Estimator", choices = {"modes", "moments", "currents", "invariants", "force"}) estimator
#@ File (label = "Folder for the results", style = "directory") folder

if (nImages == 0) exit("Open a movie (a stack of frames) first.");
getDimensions(width, height, channels, slices, frames);
if (frames * slices < 3) exit("A movie needs three frames or more.");
movie = folder + File.separator + "movie.tif";
run_folder = folder + File.separator + "run";
result = folder + File.separator + "result";
if (File.exists(run_folder)) exit("This folder holds a run; choose an empty one.");
saveAs("Tiff", movie);
stated = newArray(0);
if (interval > 0) stated = Array.concat(stated, newArray("--frame-interval", "" + interval));
if (frames == 1) stated = Array.concat(stated, newArray("--axes", "TYX"));
showStatus("cneep is at work");
print(exec(Array.concat(newArray(command, "train", movie, "--estimator", estimator, "-o", run_folder), stated)));
print(exec(Array.concat(newArray(command, "estimate", run_folder, movie, "-o", result), stated)));
print(exec(Array.concat(newArray(command, "map", run_folder, movie, "-o", result), stated)));
map = result + File.separator + "mean_dissipation_map.tif";
if (!File.exists(map)) exit("No map was written; the window Log says why.");
open(map);

// Blue below zero, white at zero, red above it.
getStatistics(area, mean, least, most);
if (-least > most) most = -least;
setMinAndMax(-most, most);
reds = newArray(256); greens = newArray(256); blues = newArray(256);
for (i = 0; i < 256; i++) {
    share = (i - 127.5) / 127.5;
    faded = round(255 * (1 - abs(share)));
    reds[i] = faded; greens[i] = faded; blues[i] = faded;
    if (share > 0) reds[i] = 255;
    else blues[i] = 255;
}
setLut(reds, greens, blues);
